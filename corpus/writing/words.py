"""Write small words: articles, lists, numbers, dates and the names of states."""
import re

MONTHS = ("January February March April May June July August September October November "
          "December").split()
NUMBERS = "one two three four five six seven eight nine".split()


def add_article(noun):
    """Return 'an outfielder', 'a pitcher' or 'a unicorn'; '' for ''."""
    if not noun:
        return ""
    return f"{'an' if starts_with_vowel_sound(noun) else 'a'} {noun}"


def starts_with_vowel_sound(noun):
    """Return whether 'an' stands before the word. Letters as in 'MP' are read one by one."""
    first = re.split(r"[\s-]", noun)[0]
    if first.isupper() and first.isalpha() and len(first) > 1:
        return first[0] in "AEFHILMNORSX"
    if re.match(r"(?i)(honest|honou?r|heir|hour)", noun):
        return True
    if re.match(r"(?i)(uni(?!n|m[^aeiou])|us[aeu]|utili|utop|eu|ewe|one\b|once|ubiq|ukr|uro)",
                noun):
        return False
    return noun[0].lower() in "aeiouàáâäåæèéêëìíîïòóôöøùúûü"


def join_words(words):
    """Return 'A', 'A and B' or 'A, B and C'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def write_date(year, month, day):
    """Return '5 February 1934'. The months are spelled here because strftime follows the locale."""
    return f"{day} {MONTHS[month - 1]} {year}"


def reword_date(date, swapped, short):
    """Return 'February 5, 1934' or '5 Feb 1934' from '5 February 1934', other text as it is."""
    found = re.fullmatch(r"(\d+) ([A-Z][a-z]+) (\d+)", date)
    if not found:
        return date
    day, month, year = found.groups()
    month = month[:3] if short else month
    return f"{month} {day}, {year}" if swapped else f"{day} {month} {year}"


def spell_number(number):
    """Return words up to nine, then figures with thousands set off by a comma."""
    return NUMBERS[number - 1] if 1 <= number < 10 else f"{number:,}"


def name_state(code):
    """Return 'Alabama' from 'AL', 'Ontario' from 'ON'; other text comes back unchanged."""
    return _STATES.get(code, code)


_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CF": "California", "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware",
    "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
    "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming", "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba",
    "NB": "New Brunswick", "NS": "Nova Scotia", "ON": "Ontario", "PE": "Prince Edward Island",
    "QC": "Quebec", "SK": "Saskatchewan",
}
_PROVINCES = ("AB", "BC", "MB", "NB", "NS", "ON", "PE", "QC", "SK")
STATES = {name: "Canada" if code in _PROVINCES else "United States"
          for code, name in _STATES.items()}
STATE_CODES = {name: code for code, name in _STATES.items() if code != "CF"}
