"""Sentences from a grammar: rules with {slots} for facts and <symbols> for other rules.

A rule serves a person when every slot has a value and it tells nothing that was told before; with
{!fact} it waits until that fact was told, with {-fact} it serves only until then.
Marks in the text, which `finish` takes out, say where the birthplace and other places stand.
"""
import re

PLACE, PLACE_END, OTHER, OTHER_END, COMMA = "\x01\x02\x03\x04\x05"
TOKEN = re.compile(r"\{([!-]?\w+)\}|<(\w+)>")


class Grammar:
    """Rules by symbol, and what each slot tells.

    rules: {symbol: rules}; tells: {slot: facts}, of which a document tells each once; a slot that
    isn't in it tells nothing.
    """

    def __init__(self, rules, tells):
        self.rules = rules
        self.tells = tells
        self.pieces = {rule: TOKEN.split(rule) for group in rules.values() for rule in group}

    def write(self, symbol, slots, told, rng):
        """(text with marks, facts told now and before, number of the rule), or None."""
        rules = self.rules.get(symbol, ())
        for number in rng.sample(range(len(rules)), len(rules)):
            written = self.fill(rules[number], slots, told, rng)
            if written:
                return *written, number
        return None

    def fill(self, rule, slots, told, rng):
        """(text, facts told) of one rule, or None where the person lacks a fact for it."""
        pieces = self.pieces[rule]
        new = set()
        for slot in pieces[1::3]:
            if slot is None:
                continue
            if slot[0] in "!-":
                if (slot[1:] in told) != (slot[0] == "!"):
                    return None
            elif not slots.get(slot):
                return None
            new |= self.tells.get(slot, set())
        if not told.isdisjoint(new):
            return None
        told = told | new
        text = []
        for literal, slot, symbol in zip(pieces[::3], [*pieces[1::3], None],
                                         [*pieces[2::3], None]):
            text.append(literal)
            if slot and slot[0] not in "!-":
                value = slots[slot]
                text.append(value if isinstance(value, str) else rng.choice(value))
            elif symbol:
                written = self.write(symbol, slots, told, rng)
                if written is None:
                    return None
                text.append(written[0])
                told = written[1]
        return "".join(text), told


def mark_place(text):
    return f"{PLACE}{text}{PLACE_END}"


def mark_other(text):
    return f"{OTHER}{text}{OTHER_END}"


def close(text):
    """The text with a mark that becomes a comma if the sentence goes on after it."""
    return text + COMMA


def finish(text):
    """(clean text, (start, end) of the birthplace or None, [(start, end) of other places])."""
    text = re.sub(rf"{COMMA}(?= [\w\"{PLACE}{OTHER}])", ",", text).replace(COMMA, "")
    text = re.sub(rf"\.([{PLACE_END}{OTHER_END}]*)\.", r".\1", text)
    clean, spans, starts = "", {PLACE_END: [], OTHER_END: []}, []
    for character in text:
        if character in (PLACE, OTHER):
            starts.append(len(clean))
        elif character in spans:
            spans[character].append((starts.pop(), len(clean)))
        else:
            clean += character
    return clean, next(iter(spans[PLACE_END]), None), spans[OTHER_END]


def capitalise(sentence):
    """The sentence with its first letter, whatever marks stand before it, as a capital."""
    return re.sub(r"^(\W*)(\w)", lambda start: start[1] + start[2].upper(), sentence)
