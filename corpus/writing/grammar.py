"""Make sentences from a grammar: rules with {slots} for facts and <symbols> for other rules.

A rule serves a person when every slot has a value and it states no fact that was stated before.
With {!fact} it waits until that fact was stated, with {-fact} it serves only until then.
Marks in the text, which `finish` takes out, say where the birthplace and other places stand.
"""
import re
from typing import NamedTuple

PLACE, PLACE_END, OTHER, OTHER_END, COMMA = "\x01\x02\x03\x04\x05"
TOKEN = re.compile(r"\{([!-]?\w+)\}|<(\w+)>")
BRACKETS = re.compile(rf"{COMMA}( \([^()]*\))(?= \w)")  # its comma stands behind them
KEPT_COMMA = re.compile(rf"{COMMA}(?= [\w\"{PLACE}{OTHER}])")
TWO_STOPS = re.compile(rf"\.([{PLACE_END}{OTHER_END}]*)\.")
MARK = re.compile(f"([{PLACE}{PLACE_END}{OTHER}{OTHER_END}])")


class Rule(NamedTuple):
    """Hold one rule, read once: most rules are tried and don't serve, which must be seen fast."""
    needs: frozenset  # slots
    waits: frozenset  # facts that must have been stated
    bars: frozenset  # facts that must not have been stated
    tells: frozenset  # facts
    pieces: list  # (text, slot or None, symbol or None)


class Grammar:
    """Hold rules by symbol, and the facts that each slot states.

    rules: {symbol: rules}; tells: {slot: facts}. A document states each fact once; a slot that
    isn't in `tells` states none.
    """

    def __init__(self, rules, tells):
        self.rules = {symbol: [read_rule(rule, tells) for rule in group]
                      for symbol, group in rules.items()}

    def write(self, symbol, slots, told, rng):
        """Return (text with marks, facts stated now and before, number of the rule), or None."""
        rules, has = self.rules.get(symbol, ()), slots.keys()
        for number in draw_order(len(rules), rng):
            rule = rules[number]
            if has >= rule.needs and told >= rule.waits and told.isdisjoint(rule.bars):
                if written := self.fill(rule, slots, told, rng):
                    return *written, number
        return None

    def fill(self, rule, slots, told, rng):
        """Return (text, facts stated) of one rule, or None where the person lacks a fact for it."""
        told = told | rule.tells
        text = []
        for literal, slot, symbol in rule.pieces:
            text.append(literal)
            if slot:
                value = slots[slot]
                text.append(value if isinstance(value, str) else rng.choice(value))
            elif symbol:
                written = self.write(symbol, slots, told, rng)
                if written is None:
                    return None
                text.append(written[0])
                told = written[1]
        return "".join(text), told


def read_rule(text, tells):
    literals, tokens, symbols = (TOKEN.split(text)[start::3] for start in range(3))
    slots = [token if token and token[0] not in "!-" else None for token in tokens]
    conditions = [token for token in tokens if token and token[0] in "!-"]
    told = frozenset().union(*(tells.get(slot, ()) for slot in slots))
    return Rule(frozenset(filter(None, slots)),
                frozenset(fact[1:] for fact in conditions if fact[0] == "!"),
                told.union(fact[1:] for fact in conditions if fact[0] == "-"),
                told, list(zip(literals, [*slots, None], [*symbols, None])))


def draw_order(count, rng):
    """Return rng.sample(range(count), count), faster: a third of the corpus's time goes here."""
    draw, order = rng.getrandbits, list(range(count))
    for last in reversed(range(count)):
        bits = (last + 1).bit_length()
        while (place := draw(bits)) > last:
            pass
        order[place], order[last] = order[last], order[place]
    order.reverse()
    return order


def mark_place(text):
    return f"{PLACE}{text}{PLACE_END}"


def mark_other(text):
    return f"{OTHER}{text}{OTHER_END}"


def close(text):
    """Return the text with a mark that becomes a comma if the sentence goes on after it."""
    return text + COMMA


def finish(text):
    """Return (clean text, (start, end) of the birthplace or None, [(start, end) of others])."""
    text = BRACKETS.sub(r"\1,", text)
    text = TWO_STOPS.sub(r".\1", KEPT_COMMA.sub(",", text).replace(COMMA, ""))
    clean, spans, starts = "", {PLACE_END: [], OTHER_END: []}, []
    for piece in MARK.split(text):
        if piece in (PLACE, OTHER):
            starts.append(len(clean))
        elif piece in spans:
            spans[piece].append((starts.pop(), len(clean)))
        else:
            clean += piece
    return clean, next(iter(spans[PLACE_END]), None), spans[OTHER_END]


def capitalise(sentence):
    """Return the sentence with its first letter, whatever marks stand before it, as a capital."""
    return re.sub(r"^(\W*)(\w)", lambda start: start[1] + start[2].upper(), sentence)
