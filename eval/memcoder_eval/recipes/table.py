"""The recipes. Test commands and pins follow the last release of swebench that named them (4.1.0)."""

from collections.abc import Iterable
from dataclasses import replace

from memcoder_eval.recipes.ground import Ground

# Build tools are pinned and used as they are, so that an editable install means the same for ten years of projects.
TOOLS = "pip install --quiet --upgrade 'pip<25' 'setuptools<70' wheel 'setuptools_scm<8' 'flit_core<4'"
HERE = "pip install --quiet --no-deps --no-index --no-build-isolation -e ."
OPTIONS = "parse_log_pytest_options"
OLD_NAMES = (
    """printf '%s\\n' "import unittest; unittest.TestCase.shortDescription = lambda self: """
    """(self._testMethodDoc or '').split(chr(10))[0].strip() or None" """
    """> "$(python -c 'import site; print(site.getsitepackages()[0])')/old_names.pth\""""
)
"""Before Python 3.8 a docstring that begins with an empty line named no test: some published names are of then."""


def _old(packages: str, *, version: str = "", pretend: str = "", parser: str = "parse_log_pytest") -> Ground:
    """A project on Python 3.9; a `version` in its comment keeps two versions from sharing an environment.

    `pretend` is the version that setuptools_scm cannot read from a repository without tags.
    """
    scm = f"SETUPTOOLS_SCM_PRETEND_VERSION={pretend} " if pretend else ""
    note = f"  # {version}" if version else ""
    install = (TOOLS, f"{scm}pip install --quiet --no-build-isolation -e . {packages}{note}")
    return Ground(install, python="3.9", each=(f"{scm}{HERE}",), parser=parser)


def _each(versions: Iterable[str], packages: str, parser: str = "parse_log_pytest") -> dict[str, Ground]:
    """Versions that differ in what they themselves require, each with an environment of its own."""
    return {version: _old(packages, version=version, parser=parser) for version in versions}


def _with(grounds: dict[str, Ground], graded: str) -> dict[str, Ground]:
    return {version: replace(ground, graded=graded) for version, ground in grounds.items()}


def _django() -> dict[str, Ground]:
    packages = (
        "asgiref argon2-cffi bcrypt docutils geoip2 'jinja2<3.1' 'numpy<2' Pillow pytz pyyaml 'selenium<4.10' sqlparse "
        "tblib tzdata python-memcached pymemcache aiosmtpd"
    )
    old = replace(
        _old(packages, parser="parse_log_django"),
        tests="python tests/runtests.py --verbosity 2 --parallel 1 {modules}",
        graded="./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1",
        before=("export LANG=C.UTF-8", "export LC_ALL=C.UTF-8", "export PYTHONIOENCODING=utf8"),
    )
    # Names of unittest changed in Python 3.11, so a version stands on the side that its published names are of.
    new = replace(old, install=(f"pip install --quiet -e . {packages}",), python="3.11", each=())
    oldest = replace(old, each=(HERE, OLD_NAMES))
    return dict.fromkeys(("3.0", "3.1", "3.2"), oldest) | dict.fromkeys(("4.0", "4.1", "4.2"), old) | {"5.0": new}


def _sympy() -> dict[str, Ground]:
    old = _old("mpmath==1.3.0 'pytest<8'", parser="parse_log_sympy")
    new = replace(
        old,
        install=("pip install --quiet -e . 'mpmath<1.4' 'setuptools<81' 'pytest<8'",),
        python="3.11",
        each=(),
    )
    before = ("1.0", "1.1", "1.2", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9")
    grounds = dict.fromkeys(before, old) | dict.fromkeys(("1.10", "1.11", "1.12", "1.13"), new)
    return _with(grounds, "PYTHONWARNINGS='ignore::UserWarning,ignore::SyntaxWarning' bin/test -C --verbose")


def _flask() -> dict[str, Ground]:
    old = "Werkzeug==2.3.7 Jinja2==3.0.1 itsdangerous==2.1.2 click==8.0.1 MarkupSafe==2.1.3 python-dotenv asgiref"
    new = "pip install --quiet -e . 'werkzeug<3' 'click<8.2' python-dotenv asgiref blinker 'pytest<8'"
    return {"2.0": _old(f"{old} blinker 'pytest<8'"), "2.3": Ground((new,))}


def _sphinx() -> dict[str, Ground]:
    pins = (
        "'Jinja2<3.0' 'markupsafe<=2.0.1' 'alabaster<0.7.12' 'sphinxcontrib-applehelp<=1.0.7' "
        "'sphinxcontrib-devhelp<=1.0.5' 'sphinxcontrib-qthelp<=1.0.6' 'sphinxcontrib-htmlhelp<=2.0.4' "
        "'sphinxcontrib-serializinghtml<=1.1.9' html5lib cython 'pytest<8'"
    )
    three = _old(f"{pins} 'docutils<0.17'", parser="parse_log_pytest_v2")
    new = ("4.5", "5.0", "5.1", "5.2", "5.3", "6.0", "6.2", "7.0", "7.1")
    grounds = dict.fromkeys(("3.0", "3.1", "3.2", "3.3", "3.4", "3.5"), three)
    grounds |= _each(("4.0", "4.1", "4.2", "4.3", "4.4"), pins, "parse_log_pytest_v2")
    grounds |= _each(new, "html5lib cython 'pytest<8' Jinja2==3.0.3", "parse_log_pytest_v2")
    # its tox.ini says so, and tox does not see what a virtual environment has
    return _with(grounds, "python -X dev -m pytest -rA --durations 25")


def _pylint() -> dict[str, Ground]:
    packages = "-r requirements_test_min.txt gitpython py"  # its benchmark plugin asks for py and does not say so
    return _each(("2.13", "2.14", "2.15", "2.16", "2.17"), packages, OPTIONS)


def _pytest() -> dict[str, Ground]:
    common = "attrs==23.1.0 py==1.11.0"
    older = f"{common} more-itertools==10.1.0 wcwidth==0.2.6"
    modern = "iniconfig==2.0.0 packaging==23.1 pluggy==1.3.0 exceptiongroup==1.1.3 tomli==2.0.1"
    pins = {
        "4.4": (f"{older} atomicwrites==1.4.1 pluggy==0.13.1 six==1.16.0", "4.4.2"),
        "4.5": (f"{older} atomicwrites==1.4.1 pluggy==0.11.0 six==1.16.0", "4.5.1"),
        "4.6": (f"{older} atomicwrites==1.4.1 pluggy==0.13.1 six==1.16.0 packaging==23.1", "4.6.1"),
        "5.0": (f"{older} atomicwrites==1.4.1 pluggy==0.13.1 packaging==23.1", "5.0.1"),
        "5.1": (f"{older} atomicwrites==1.4.1 pluggy==0.13.1 packaging==23.1", "5.1.1"),
        "5.2": (f"{older} atomicwrites==1.4.1 pluggy==0.13.1 packaging==23.1", "5.2.1"),
        "5.3": (f"{older} pluggy==0.13.1 packaging==23.1", "5.3.1"),
        "5.4": (f"{older} pluggy==0.13.1 packaging==23.1 toml==0.10.2", "5.4.1"),
        "6.0": (
            f"{common} iniconfig==2.0.0 more-itertools==10.1.0 packaging==23.1 pluggy==0.13.1 toml==0.10.2",
            "6.0.1",
        ),
        "6.2": (f"{common} iniconfig==2.0.0 packaging==23.1 pluggy==0.13.1 toml==0.10.2", "6.2.1"),
        "6.3": (f"{common} iniconfig==2.0.0 packaging==23.1 pluggy==0.13.1 toml==0.10.2", "6.3.0"),
        "7.0": (f"{common} iniconfig==2.0.0 packaging==23.1 pluggy==0.13.1 tomli==2.0.1", "7.0.0"),
        "7.1": (f"{common} iniconfig==2.0.0 packaging==23.1 pluggy==0.13.1 tomli==2.0.1", "7.1.0"),
        "7.2": (f"{common} iniconfig==2.0.0 packaging==23.1 pluggy==0.13.1 tomli==2.0.1", "7.2.0"),
        "7.4": (f"attrs==23.1.0 {modern}", "7.4.0"),
        "8.0": (f"attrs==23.1.0 {modern}", "8.0.0"),
    }
    return {version: _old(packages, pretend=pretend) for version, (packages, pretend) in pins.items()}


def _seaborn() -> dict[str, Ground]:
    pins = (
        "contourpy==1.1.0 cycler==0.11.0 fonttools==4.42.1 kiwisolver==1.4.5 matplotlib==3.7.2 numpy==1.25.2 "
        "packaging==23.1 pandas==2.0.0 pillow==10.0.0 pyparsing==3.0.9 python-dateutil==2.8.2 scipy==1.11.2 'pytest<8'"
    )
    return _with(_each(("0.12", "0.13"), pins, "parse_log_seaborn"), "pytest --no-header -rA")


def _xarray() -> dict[str, Ground]:
    pins = "numpy==1.23.0 packaging==23.1 pandas==1.5.3 pytest==7.4.0 scipy==1.11.1 'dask[array]==2022.8.1'"
    return _each(("0.12",), pins)


def _sqlfluff() -> dict[str, Ground]:
    packages = (
        "appdirs cached-property chardet 'click<8.2' colorama configparser 'diff-cover<8' importlib_resources "
        "'Jinja2<3.1' oyaml pathspec pluggy pyyaml regex tblib toml tqdm typing_extensions hypothesis 'pytest<8'"
    )
    later = ("0.6", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "2.2")
    return {"0.4": _old(f"{packages} bench-it")} | dict.fromkeys(later, _old(packages))


def _requests() -> dict[str, Ground]:
    reason = "its tests call httpbin.org, and nothing runs with a network"
    return {version: Ground((), unsupported=reason) for version in ("0.14", "2.3", "2.4", "2.7", "2.10")}


GROUNDS: dict[str, dict[str, Ground]] = {
    "django/django": _django(),
    "sympy/sympy": _sympy(),
    "pallets/flask": _flask(),
    "marshmallow-code/marshmallow": dict.fromkeys(
        ("2.18", "2.19", "2.20", "3.0", "3.9", "3.12", "3.19"),
        _old("pytz simplejson python-dateutil packaging 'pytest<8'"),
    ),
    "sphinx-doc/sphinx": _sphinx(),
    "pylint-dev/pylint": _pylint(),
    "pylint-dev/astroid": dict.fromkeys(
        ("2.5", "2.6", "2.7", "2.9", "2.10", "2.12", "2.13", "2.14", "2.15", "3.0"),
        _old("'wrapt<1.13' lazy_object_proxy typing_extensions 'pytest<8'"),
    ),
    "pytest-dev/pytest": _pytest(),
    "mwaskom/seaborn": _seaborn(),
    "pydata/xarray": _xarray(),
    "psf/requests": _requests(),
    "pydicom/pydicom": dict.fromkeys(
        ("1.2", "1.3", "1.4", "2.0", "2.1", "2.2", "2.3"), _old("numpy==1.19.5 'pytest<7'", parser=OPTIONS)
    ),
    "sqlfluff/sqlfluff": _sqlfluff(),
    "pvlib/pvlib-python": dict.fromkeys(
        ("0.7", "0.8", "0.9"),
        _old(
            "'numpy<1.24' 'pandas<1.4' 'scipy<1.10' requests pytz h5py importlib_metadata 'pytest<8' pytest-mock "
            "pytest-timeout pytest-rerunfailures pytest-remotedata nose"
        ),
    ),
}
