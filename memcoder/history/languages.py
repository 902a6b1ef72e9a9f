"""What the grammars call things: one table a language, read by `symbols.py`."""

from dataclasses import dataclass, replace
from functools import cached_property

NONE: frozenset[str] = frozenset()


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


@dataclass(frozen=True)
class Grammar:
    """A tree-sitter grammar package and the node types that matter to us.

    A definition's name is its field `name`, or what `names` says: the field that leads to it, for C's declarators and
    Rust's `impl`.
    """

    package: str
    functions: frozenset[str]
    classes: frozenset[str]
    scopes: frozenset[str] = NONE
    """What qualifies names and is no symbol itself: namespaces and the like."""
    assigned: frozenset[str] = NONE
    """What is a function if its field `value` is one of `closures`: `const f = () => …`."""
    closures: frozenset[str] = NONE
    holders: frozenset[str] | None = None
    """Nodes that may hold a definition; others are not walked, which is most of a tree. None: everything is walked."""
    names: tuple[tuple[str, str], ...] = ()
    with_body: bool = False
    """Whether a class counts only where its field `body` is there; else it is a mere mention."""
    entry: str = "language"
    """The package's function that gives the grammar."""

    @cached_property
    def definitions(self) -> frozenset[str]:
        """All nodes that may define something."""
        return self.functions | self.classes | self.scopes | self.assigned


SCRIPT_FUNCTIONS = _set("function_declaration generator_function_declaration method_definition")
SCRIPT_CLOSURES = _set("arrow_function function_expression generator_function")
C_HOLDERS = _set(
    "preproc_if preproc_ifdef preproc_else preproc_elif linkage_specification declaration_list type_definition "
    "declaration ERROR"
)
TYPESCRIPT = Grammar(
    package="tree_sitter_typescript",
    entry="language_typescript",
    functions=SCRIPT_FUNCTIONS | _set("function_signature abstract_method_signature"),
    classes=_set("class_declaration abstract_class_declaration interface_declaration enum_declaration"),
    scopes=_set("internal_module module"),
    assigned=_set("variable_declarator public_field_definition"),
    closures=SCRIPT_CLOSURES,
)
GRAMMARS = {
    "python": Grammar(
        package="tree_sitter_python",
        functions=_set("function_definition"),
        classes=_set("class_definition"),
        holders=_set(
            "block if_statement elif_clause else_clause try_statement except_clause except_group_clause finally_clause "
            "with_statement for_statement while_statement match_statement case_clause decorated_definition ERROR"
        ),
    ),
    "javascript": Grammar(
        package="tree_sitter_javascript",
        functions=SCRIPT_FUNCTIONS,
        classes=_set("class_declaration"),
        assigned=_set("variable_declarator field_definition"),
        closures=SCRIPT_CLOSURES,
        names=(("field_definition", "property"),),
    ),
    "typescript": TYPESCRIPT,
    "tsx": replace(TYPESCRIPT, entry="language_tsx"),
    "go": Grammar(
        package="tree_sitter_go",
        functions=_set("function_declaration method_declaration"),
        classes=_set("type_spec"),
        holders=_set("type_declaration ERROR"),
    ),
    "rust": Grammar(
        package="tree_sitter_rust",
        functions=_set("function_item function_signature_item macro_definition"),
        classes=_set("struct_item enum_item union_item trait_item impl_item"),
        scopes=_set("mod_item"),
        holders=_set("declaration_list block ERROR"),
        names=(("impl_item", "type"),),
    ),
    "java": Grammar(
        package="tree_sitter_java",
        functions=_set("method_declaration constructor_declaration compact_constructor_declaration"),
        classes=_set(
            "class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration"
        ),
        holders=_set("class_body interface_body enum_body enum_body_declarations annotation_type_body ERROR"),
    ),
    "c": Grammar(
        package="tree_sitter_c",
        functions=_set("function_definition"),
        classes=_set("struct_specifier union_specifier enum_specifier"),
        holders=C_HOLDERS,
        names=(("function_definition", "declarator"),),
        with_body=True,
    ),
    "cpp": Grammar(
        package="tree_sitter_cpp",
        functions=_set("function_definition"),
        classes=_set("class_specifier struct_specifier union_specifier enum_specifier"),
        scopes=_set("namespace_definition"),
        holders=C_HOLDERS | _set("template_declaration field_declaration_list field_declaration"),
        names=(("function_definition", "declarator"),),
        with_body=True,
    ),
    "ruby": Grammar(
        package="tree_sitter_ruby",
        functions=_set("method singleton_method"),
        classes=_set("class module"),
        holders=_set(
            "body_statement singleton_class argument_list begin if unless then else call block do_block ERROR"
        ),
    ),
}
ENDINGS = {
    "python": ".py .pyi",
    "javascript": ".js .jsx .mjs .cjs",
    "typescript": ".ts .mts .cts",
    "tsx": ".tsx",
    "go": ".go",
    "rust": ".rs",
    "java": ".java",
    "c": ".c",
    "cpp": ".cc .cpp .cxx .h .hh .hpp .hxx",  # a header of C is read as C++, which takes it
    "ruby": ".rb .rake",
}
LANGUAGES = {ending: language for language, endings in ENDINGS.items() for ending in endings.split()}
