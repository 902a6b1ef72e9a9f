"""What is minimised: cross entropy on the answers alone, and for corrections a preference beside it.

A correction adds DPO's sigmoid loss (arXiv 2305.18290) to the cross entropy of its accepted answer; the reference is
the same model with its adapter switched off, so that no second one is held in memory.
"""

from collections.abc import Sequence
from typing import Any

from memcoder.internalize.training.chat import Chat, Encoded
from memcoder.internalize.training.example import Example, Training


def batch_loss(model: Any, chat: Chat, examples: Sequence[Example], how: Training) -> Any:
    """Mean loss of a batch, a scalar tensor. `model` is a PeftModel."""
    import torch
    from torch.nn.functional import logsigmoid

    rows = [chat.row(one.prompt, one.answer, how.max_length) for one in examples]
    pairs = [at for at, one in enumerate(examples) if one.rejected]
    refused = [chat.row(examples[at].prompt, examples[at].rejected, how.max_length) for at in pairs]
    total, count = log_probabilities(model, rows + refused)
    loss = (-total[: len(rows)] / count[: len(rows)]).sum()
    if pairs:
        with torch.no_grad(), model.disable_adapter():
            reference, _ = log_probabilities(model, [rows[at] for at in pairs] + refused)
        gained = total[pairs] - reference[: len(pairs)]
        gained_refused = total[len(rows) :] - reference[len(pairs) :]
        loss = loss - logsigmoid(how.beta * (gained - gained_refused)).sum()
    return loss / len(rows)


def log_probabilities(model: Any, rows: Sequence[Encoded]) -> tuple[Any, Any]:
    """Summed log-probability of each row's answer, and how many tokens it has; two tensors of shape (rows,).

    Rows are padded on the left, so that all answers end at the end: the output layer, which costs most of the memory,
    is then asked about the last positions only.
    """
    import torch

    width = max(len(row.prompt) + len(row.answer) for row in rows)
    last = max(len(row.answer) for row in rows)
    tokens, mask, learned = [], [], []
    for row in rows:
        pad = width - len(row.prompt) - len(row.answer)
        tokens.append([0] * pad + [*row.prompt, *row.answer])
        mask.append([0] * pad + [1] * (width - pad))
        learned.append([0.0] * (last - len(row.answer)) + [1.0] * len(row.answer))
    device = model.device
    ids, seen = torch.tensor(tokens, device=device), torch.tensor(mask, device=device)
    positions = (seen.cumsum(-1) - 1).clamp(min=0)
    logits = model(
        input_ids=ids, attention_mask=seen, position_ids=positions, logits_to_keep=last + 1, use_cache=False
    ).logits[:, :-1]
    chosen = logits.log_softmax(-1).gather(-1, ids[:, -last:, None]).squeeze(-1)
    weights = torch.tensor(learned, device=device)
    return (chosen * weights).sum(-1), weights.sum(-1)
