"""Make the committed tables of facts from the sources that corpus/facts/README.md names.

    python corpus/sources/make_tables.py SOURCE_FOLDER [--out_dir corpus/facts]

SOURCE_FOLDER holds laureates.json, tate_artists.csv and tate_works.csv. The tables keep only
people whose facts are clean enough to put into sentences, the best-documented artists first.
"""
import argparse
import csv
import html
import json
import re
import sys
import zlib
from collections import defaultdict
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CORPUS))

from writing.words import join_words, name_state, write_date  # noqa: E402

LAUREATE_FIELDS = (
    "name full_name surname gender birth_date birth_place birth_old birth_region death_date "
    "death_place death_region prize prize_year winners share partners subject affiliation "
    "affiliation_city affiliation_region second_prize second_year").split()
ARTIST_FIELDS = (
    "name full_name surname gender role birth_year birth_place birth_region death_year "
    "death_place death_region movement work work_year work_verb work_kind work_place more_work "
    "more_year more_verb third_work third_year third_verb fourth_work fourth_year fourth_verb").split()

PRIZES = {"physics": "Nobel Prize in Physics", "chemistry": "Nobel Prize in Chemistry",
          "medicine": "Nobel Prize in Physiology or Medicine",
          "literature": "Nobel Prize in Literature", "peace": "Nobel Peace Prize",
          "economics": "Nobel Memorial Prize in Economic Sciences"}
DECLINED = {"637", "629", "531"}  # Sartre, Pasternak and Le Duc Tho: nothing was "received"
LONGEST_SUBJECT = 75  # characters of a citation
YOUNGEST = 15  # an earlier work means that the year of birth or of the work is wrong
FIRST_LIVING_YEAR = 1930  # nobody born earlier is taken to be alive for want of a date of death


def make_laureates(laureates):
    """Return rows of persons with a city of birth; leave out organisations and unclear places."""
    together = defaultdict(list)
    for laureate in laureates:
        for prize in laureate["prizes"]:
            together[prize["year"], prize["category"]].append(laureate)
    rows = []
    for laureate in laureates:
        born = laureate.get("born", "0000-00-00")
        if (laureate["gender"] == "org" or laureate["id"] in DECLINED or born.endswith("00-00")
                or not laureate.get("bornCity")):
            continue
        birth = split_nobel_place(laureate["bornCity"], laureate["bornCountry"])
        if birth is None:
            continue
        row = name_laureate(laureate) | {
            "gender": laureate["gender"], "birth_date": read_date(born),
            "birth_place": birth[0], "birth_old": birth[1], "birth_region": birth[2]}
        if not laureate["died"].startswith("0000"):
            row["death_date"] = read_date(laureate["died"])
            death = split_nobel_place(laureate.get("diedCity", ""),
                                      laureate.get("diedCountry", ""))
            if death:
                row |= {"death_place": death[1] or death[0], "death_region": death[2]}
        rows.append(row | describe_prizes(laureate, together))
    return rows


def name_laureate(laureate):
    """Return name, fuller name and surname; 'Sir' belongs to the fuller name only."""
    first, surname = laureate["firstname"].strip(), laureate.get("surname", "").strip()
    surname = surname.replace("Jr.", "Jr").replace(", Jr", " Jr")
    full = f"{first} {surname}".strip()
    name = re.sub(r"^(Sir|Lord|Rev\.) (?=\S+ )", "", full)
    return {"name": name, "full_name": full if full != name else "",
            "surname": re.sub(r" (Jr|Sr|II|III|IV)$", "", surname) or name}


def describe_prizes(laureate, together):
    """Return the earlier prize with its other winners and the affiliation, and a second prize."""
    prizes = sorted(laureate["prizes"], key=lambda prize: prize["year"])
    first = prizes[0]
    winners = together[first["year"], first["category"]]
    partners = [winner for winner in winners if winner is not laureate]
    known = all(partner["gender"] != "org" for partner in partners)
    facts = {"prize": PRIZES[first["category"]], "prize_year": first["year"],
             "winners": len(winners), "share": first["share"],
             "partners": join_words([name_laureate(partner)["name"] for partner in partners])
             if known else "", "subject": shorten_motivation(first["motivation"])}
    place = next((place for place in first["affiliations"] if place), {})
    where = split_nobel_place(place.get("city", ""), place.get("country", ""))
    if where:
        facts |= {"affiliation": name_affiliation(place.get("name", "")),
                  "affiliation_city": where[1] or where[0], "affiliation_region": where[2]}
    if len(prizes) > 1:
        facts |= {"second_prize": PRIZES[prizes[1]["category"]],
                  "second_year": prizes[1]["year"]}
    return facts


def shorten_motivation(text):
    """Return 'the discovery of the positron', or '' where the citation is not short and plain.

    It may be cut only where a clause ends: a comma may also stand within a list.
    """
    found = re.match(
        r"\"(?:for|in recognition of) (?:his|her|their|the) (?:[\w-]+ ){0,2}?"
        r"((?:discover(?:y|ies)|development|invention|studies|work|research|researches|"
        r"investigations|contributions|analysis|theory|theories|methods?|efforts?|determination|"
        r"synthesis|production|achievements|experiments) "
        r"(?:of|on|in|to|concerning|into|for|relating to|regarding) [^\",;(]+?)"
        r"(?:\.?\"|[,;]? (?:whereby|as well|by means|and for|especially|particularly|and thereby) |"
        r", (?:and )?(?:which|in particular|including) | - )", html.unescape(text))
    if not found:
        return ""
    subject = found[1].strip()
    vague = re.search(r"named after|Malaria|<| as | project\b|\bwhich\b|discovered by|"
                      r"\b(h[ei]s?|she|her|they|their|our|both|its|respectively)\b|"
                      r"(-| (by|of|on|to|in|for|and|the|with|from|into))$", subject)
    vague = vague or "respectively" in text
    return f"the {subject}" if len(subject) <= LONGEST_SUBJECT and not vague else ""


def name_affiliation(name):
    """Return the institution as it reads after 'at', or '' where the name does not settle it."""
    name = re.sub(r" \([^)]*\)", "", name).strip().removeprefix("The ")
    if set(name) & set(",;/"):
        return ""
    the = (r"^(University|College|School) of |(Institute|Institution|Laboratory|Academy|Center|"
           r"Centre|School|Observatory|Foundation) (of|for) |(Institute|Institution|Laboratory|"
           r"Academy|Observatory|Center|Centre|Foundation|Society|Hospital)$|^National Institutes")
    return f"the {name}" if re.search(the, name) else name


def split_nobel_place(city, country):
    """Return (today's name, name at the time if another, region), or None for an unclear place."""
    if not city or " near " in city or "/" in city or city.count("(") > 1:
        return None
    city, country = city.strip(), country.removeprefix("the ")
    now = re.fullmatch(r"([^(]+?) \(now ([^)]+)\)", city)
    city, old = (now[2], now[1]) if now else (re.sub(r" \([^)]*\)$", "", city), "")
    if "," in old or city.count(",") > 1 or city in NOBEL_NOT_TOWNS:
        return None
    city, _, part = city.partition(", ")
    region = re.sub(r" \(.*\)$| Island$", "", country)
    if country == "USA":
        region = name_state(part) if len(part) == 2 else "United States"
    elif part:
        region = name_state(part) if len(part) == 2 else part
    if country == "USA" and region == "United States":
        return None
    return CITIES.get(city, city), old, region


def read_date(text):
    return write_date(*map(int, text.split("-")))


def make_artists(artists, works):
    """Return rows of the artists born in a town or a country, the best documented first."""
    titles = {}
    for work in works:
        titles.setdefault(work["artist_id"], []).append(work)
    places = {split_tate_place(artist[key])[0] for artist in artists
              for key in ("birth_place", "death_place") if split_tate_place(artist[key])}
    rows = []
    for artist in artists:
        artist = artist | WRONG.get(artist["name"], {})
        names = name_artist(artist)
        birth = split_tate_place(artist["birth_place"])
        if not (names and birth and artist["birth_year"] and artist["gender"]):
            continue
        death = split_tate_place(artist["death_place"]) if artist["death_year"] else None
        rows.append(names | {
            "gender": artist["gender"].lower(), "birth_year": artist["birth_year"],
            "birth_place": birth[0], "birth_region": birth[1],
            "death_year": artist["death_year"],
            "death_place": death[0] if death else "", "death_region": death[1] if death else "",
            "movement": next((MOVEMENTS[movement] for movement in artist["movements"].split("; ")
                              if movement in MOVEMENTS), ""),
        } | describe_works(select_works(artist, titles), places))
    return sorted(rows, key=lambda row: (-score(row), zlib.crc32(row["name"].encode())))


def select_works(artist, titles):
    """Return the artist's works whose year fits the life or is not known."""
    first, last = int(artist["birth_year"]) + YOUNGEST, int(artist["death_year"] or 9999)
    return [work for work in titles.get(artist["id"], ())
            if not work["year"] or first <= int(work["year"]) <= last]


def score(row):
    """Score how much of an artist's life and work the table holds."""
    alive = not row["death_year"] and int(row["birth_year"]) >= FIRST_LIVING_YEAR
    return (3 * bool(row["death_place"] or alive) + bool(row["movement"]) + bool(row.get("work"))
            + 2 * bool(row.get("work_place")) + (row["role"] != "artist"))


def name_artist(artist):
    """Return name, fuller name and surname, or None where the three are not plain."""
    full = re.sub(r",? (Bt|OM|CH|CBE|MBE|OBE|PRA|RA|OM, CH)$", "", artist["name"].strip())
    full = full.removesuffix(" OM")
    other = re.fullmatch(r"([^(]+) \(([^()]+)\)", full)
    if other and not re.search("Lady|Sir|née|`|[.;,]", other[2]) and other[1] in other[2]:
        full, name = other[2], other[1]
    else:
        name = re.sub(r"^(Sir|Dame|Rev\.|Dr|Lord|Lady|Count|Comte|Baron) (?=\S+ )", "", full)
    surname = re.sub(" OBE$", "", artist["sort_name"].split(",")[0].split(" (")[0])
    plain = re.fullmatch(r"(?!The )[^\W\d_][\w '’.\-]*", full) and not re.search(
        r"(^|\s)(I|II|III|Bey|Junior|Senior|of|the|attributed|after|and|School|Workshop)(\s|$)", full)
    if not plain or surname not in name or not name[0].isupper() or surname == "John" != name:
        return None
    return {"name": name, "full_name": full if full != name else "", "surname": surname}


def describe_works(works, places):
    """Return a role where all works agree on one, a dated work and its place, and others."""
    kinds = {name_kind(work["medium"]) for work in works}
    roles = {"painted": "painter", "carved": "sculptor", "printed": "printmaker",
             "photographed": "photographer"}
    role = roles.get(*kinds, "artist") if len(kinds) == 1 and len(works) > 1 else "artist"
    clean = [work for work in works if re.fullmatch(r"[A-Z][\w ,:'’\-]{3,56}", work["title"])
             and not VAGUE_TITLES.search(work["title"])
             and not work["title"].endswith((",", ":", "'")) and work["year"]]
    clean = sorted(clean, key=lambda work: not find_place(work["title"], places))  # stable
    facts = {"role": role}
    for work in clean[:1]:
        facts |= {"work": work["title"], "work_year": work["year"],
                  "work_verb": name_verb(work), "work_kind": KINDS.get(work["medium"], ""),
                  "work_place": find_place(work["title"], places)}
    titles = {facts.get("work")}
    others = [work for work in clean[1:] if work["title"] not in titles
              and not titles.add(work["title"]) and not find_place(work["title"], places)]
    for which, work in zip(("more", "third", "fourth"), others):
        facts |= {f"{which}_work": work["title"], f"{which}_year": work["year"],
                  f"{which}_verb": name_verb(work)}
    return facts


def name_verb(work):
    return "painted" if name_kind(work["medium"]) == "painted" else "made"


def name_kind(medium):
    """Return 'painted' and so on from the medium's first words, '' where they leave it open."""
    for kind, pattern in {"painted": r"(Oil paint|Acrylic paint|Tempera|Watercolour|Gouache)\b",
                          "carved": r"(Bronze|Marble|Stone|Steel|Painted steel|Wood|Plaster|"
                                    r"Terracotta|Limestone|Iron|Aluminium)\b(?! engrav)",
                          "printed": r"(Lithograph|Screenprint|Etching|Woodcut|Wood engraving|"
                                     r"Linocut|Drypoint|Intaglio|Aquatint|Mezzotint|Engraving)",
                          "photographed": r"Photograph"}.items():
        if re.match(pattern, medium):
            return kind
    return ""


def find_place(title, places):
    """Return the place that a title names after 'in', 'near' and the like, or ''."""
    for found in re.finditer(r"\b(?:in|at|near|of|from|over|to) ([A-Z]\w+(?: [A-Z]\w+)*)", title):
        if found[1] in places - NO_PLACES_IN_TITLES:
            return found[1]
    return ""


def split_tate_place(text):
    """Return (place, region) in English where there is an English name; None for counties,
    provinces and whatever a name alone does not settle."""
    parts = text.replace("’", "'").split(", ")
    if not text or len(parts) > 2 or text in WRONG_PLACES:
        return None
    if len(parts) == 1:
        country = COUNTRIES.get(parts[0], parts[0] if parts[0] in SAME_NAME else "")
        return (country, "") if country and country != "United Kingdom" else None
    city, country = parts[0].strip(), COUNTRIES.get(parts[1], parts[1])
    if country == "United Kingdom" and city in ("England", "Scotland", "Wales"):
        return city, ""
    if country not in SAME_NAME | set(COUNTRIES.values()) or city in NOT_TOWNS:
        return None
    if country == "United Kingdom":
        city = re.sub(r"^Saint ", "St ", city)
    elif country == "United States":
        city = re.sub(r"^Saint ", "St. ", city)
    city = CITIES.get(city, city)
    return (city, country) if re.fullmatch(r"[\w '.\-]+", city) else None


# What the source has wrong, as far as it was noticed; an empty place leaves the person out.
WRONG = {"David Hockney": {"birth_place": "Bradford, United Kingdom"},
         "John Maxwell": {"birth_place": ""},
         "Josef Herman": {"death_place": ""},
         "Willie Doherty": {"birth_place": ""},
         **dict.fromkeys(["Altoon Sultan", "Avis Newman", "Mary Sargant Florence"],
                         {"gender": "Female"}),
         **dict.fromkeys(["Misch Kohn", "Vivian Forbes"], {"gender": "Male"}),
         "Cai Guo-Qiang": {"sort_name": "Cai, Guo-Qiang"}}
# Hammersmith, Edinburgh, an English Exeter and a county, all looked up in the wrong country.
WRONG_PLACES = {"Saugus, United States", "Edinburg, United States", "Exeter, United States",
                "Montgomery, United States"}
COUNTRIES = {
    "Deutschland": "Germany", "Éire": "Ireland", "Italia": "Italy", "Polska": "Poland",
    "België": "Belgium", "Nederland": "Netherlands", "Rossiya": "Russia", "Brasil": "Brazil",
    "Schweiz": "Switzerland", "Österreich": "Austria", "España": "Spain", "Nihon": "Japan",
    "Bharat": "India", "Zhonghua": "China", "Ukrayina": "Ukraine",
    "Ceská Republika": "Czech Republic", "România": "Romania", "Magyarország": "Hungary",
    "Yisra'el": "Israel", "México": "Mexico", "Sverige": "Sweden", "Ellás": "Greece",
    "Îran": "Iran", "Danmark": "Denmark", "Hrvatska": "Croatia", "Misr": "Egypt",
    "Al-Lubnan": "Lebanon", "Slovenija": "Slovenia", "Türkiye": "Turkey",
    "Lietuva": "Lithuania", "Perú": "Peru", "Slovenská Republika": "Slovakia",
    "Norge": "Norway", "Latvija": "Latvia", "Taehan Min'guk": "South Korea",
    "Viet Nam": "Vietnam", "Al-Jaza'ir": "Algeria", "Bosna i Hercegovina": "Bosnia",
    "Suriyah": "Syria", "Eesti": "Estonia", "Ísland": "Iceland", "Suomi": "Finland",
    "Shqipëria": "Albania", "Pilipinas": "Philippines", "Prathet Thai": "Thailand",
    "As-Sudan": "Sudan", "Cameroun": "Cameroon",
}
SAME_NAME = set("Argentina;Armenia;Australia;Bangladesh;Barbados;Belarus;Bulgaria;Canada;Chile;"
                "Colombia;Cuba;France;Guyana;Indonesia;Jamaica;Kenya;Luxembourg;Malaysia;Moldova;"
                "New Zealand;Nicaragua;Nigeria;Pakistan;Portugal;Singapore;South Africa;Sri Lanka;"
                "Uganda;United Kingdom;United States;Venezuela;Zambia;Zimbabwe".split(";"))
CITIES = {
    "Al-Iskandariyah": "Alexandria", "Al-Qahirah": "Cairo", "Alger": "Algiers",
    "Antwerpen": "Antwerp", "Athínai": "Athens", "Bayrut": "Beirut", "Bruxelles": "Brussels",
    "Brugge": "Bruges", "Bucuresti": "Bucharest", "Ciudad de México": "Mexico City",
    "Czestochowa": "Częstochowa", "Dimashq": "Damascus", "Dunkerque": "Dunkirk",
    "Firenze": "Florence", "Genova": "Genoa", "Genève": "Geneva",
    "Gent": "Ghent", "Hannover": "Hanover",  "Kiyev": "Kiev",
    "Krung Thep": "Bangkok", "København": "Copenhagen", "Köln": "Cologne",
    "La Habana": "Havana", "Lisboa": "Lisbon", "Livorno": "Leghorn", "Luzern": "Lucerne",
    "Lódz": "Łódź", "L'viv": "Lviv", "Milano": "Milan", "Montréal": "Montreal",
    "Moskva": "Moscow", "München": "Munich", "Napoli": "Naples", "Noremburg": "Nuremberg",
    "Oostende": "Ostend", "Padova": "Padua", "Pasedena": "Pasadena", "Piraiévs": "Piraeus",
    "Poznan": "Poznań", "Praha": "Prague", "Qacentina": "Constantine", "Roma": "Rome",
    "Sankt-Peterburg": "St. Petersburg", "Sayda": "Sidon", "Soul": "Seoul",
    "Tel Aviv-Yafo": "Tel Aviv", "Teverya": "Tiberias", "Torino": "Turin",
    "Venezia": "Venice", "Warszawa": "Warsaw", "Wien": "Vienna", "Yerushalayim": "Jerusalem",
    "Zürich": "Zurich", "s Gravenhage": "The Hague",
    "Kingston-Upon-Hull": "Kingston upon Hull", "Stoke on Trent": "Stoke-on-Trent",
    "Kingston-upon-Thames": "Kingston upon Thames",
    "Manhattan Island": "Manhattan", "the Hague": "The Hague", "Bern": "Berne",
}
NOT_TOWNS = set("""Kent;Surrey;Dorset;Cheshire;Lincolnshire;Hampshire;Lancashire;Leicestershire;
Suffolk;Essex;Yorkshire;Great Britain;Nottinghamshire;Norfolk;Greater London;Cumbria;Cornwall;
Buckinghamshire;Devon;Berkshire;Staffordshire;Gloucestershire;Derbyshire;Somerset;Sussex;
North Yorkshire;Oxfordshire;Wiltshire;Down;East Sussex;Powys;Argyll and Bute;Midlothian;
Warwickshire;Hertfordshire;West Sussex;Hereford and Worcester;Northumberland;Denbighshire;
Perth and Kinross;Argyll;Angus;West Lothian;Anglesey;East Lothian;Middlesex;Fife;
Scottish Borders;Isle of Wight;Bath and Northeast Somerset;Redcar and Cleveland;Knowsley;
Midlands;Worcestershire;Channel Islands;Dunbarton;Blenheim Palace;Barrow;Barnes;Beaulieu;
Washington;Saint Louis City;Baltimore Independent City;Romford;Parkstone;Cliveden;Pemberton;
Meadowfield;Isle Of Wight;Rhode Island;Wisconsin;Maine;West Virginia;Iowa;Pennsylvania;Louisiana;
California;Ohio;Montana;Marin;Nevada;Arkansas;Long Island;West Baton Rouge;Nashville-Davidson;
Victoria;Québec;British Columbia;Alberta;Manitoba;Ontario;Nelson;Brussels;Didsbury;Aberdeen;
Zuid-Holland;Sachsen;Schleswig-Holstein;Mecklenburg;Schwaben;Strasburg;Berne;Veneto;Piemonte;
Capri, Isola di;Lot;Normandie;Loire;Eure;Lot-et-Garonne;Var;Cher;Basse-Normandie;Pas-de-Calais;
Haute-Corse;Bouches-du-Rhône;Haute-Garonne;Doubs;Eure-et-Loir;Provence-Alpes-Côte d'Azur;Jura;
Haute-Savoie;Paimbœeuf;Clare;Munster;Roscommon;Louth;Wicklow;Steiermark;Goa;Gujarat;Iwate;
Voronezh;Transilvania;Lésvos;Goiás;Minskaya Oblast';Morava;Jylland;Fujian;Jilin;Mauritius;
Kyongsang-namdo;Hai Phìng;Tel Aviv;Yerushalayim, Mehoz;Waal;Saal;Kew;Angeles;Durham;Carthage;
Ibiza;Korcula;Weissenberg;Saint-Paul;Laval;Córdoba;Guadalajara;Valencia;Cartagena;Santiago;
Oaxaca;Chihuahua;Wellington;Halifax;Newcastle;Richmond;Newport;Springfield;Hartford;Alexandria;
Christchurch;Ford;Thorpe;Stone;Perth;Kingston;Buffalo;Jamaica;Flushing;Inverness;Newburgh;Woodstock;
Lancaster;Bangor;Hamilton;Launceston;Wallingford;Ashford;Rochester;York Town;Aberdare;Orange;
Manhattan;Bronx""".replace("\n", "").split(";"))
NOBEL_NOT_TOWNS = {"Lancashire", "Henan", "Yamanashi Prefecture", "Zhejiang Ningbo"}
# Towns of the tables that in a title are more often a word, a name or a county.
NO_PLACES_IN_TITLES = set("Reading Battle Rye Bath Nice Hope Eye Hook Sandy Lincoln Wells Chester "
                          "Windsor Stafford Liberty England Scotland Wales Hastings Leek "
                          "Derby Warwick Wellington France Italy Spain".split())
# Titles that many works share, and titles of people that hold a place.
VAGUE_TITLES = re.compile(r"(?i)untitled|\b(i+|no)\b|study|[\d_]|plate|title|earl of|countess|duke|"
                          r"lord|judgment|house of|star of|eve of|last charge|trial proof|"
                          r"fuck|porn")
KINDS = {"Oil paint on canvas": "an oil painting on canvas", "Lithograph on paper": "a lithograph",
         "Screenprint on paper": "a screenprint", "Etching on paper": "an etching",
         "Watercolour on paper": "a watercolour", "Oil paint on board": "an oil painting on board",
         "Bronze": "a bronze", "Oil paint on wood": "an oil painting on wood",
         "Acrylic paint on canvas": "an acrylic painting on canvas", "Marble": "a marble",
         "Woodcut on paper": "a woodcut", "Linocut on paper": "a linocut",
         "Pastel on paper": "a pastel", "Wood engraving on paper": "a wood engraving",
         "Ink on paper": "an ink drawing", "Graphite on paper": "a pencil drawing",
         "Charcoal on paper": "a charcoal drawing", "Drypoint on paper": "a drypoint",
         "Oil paint on hardboard": "an oil painting on hardboard",
         "Gouache on paper": "a gouache", "Tempera on canvas": "a tempera on canvas"}
MOVEMENTS = {
    "Conceptual Art": "Conceptual art", "Pre-Raphaelite Brotherhood":
    "the Pre-Raphaelite Brotherhood", "Surrealism": "Surrealism", "Performance Art":
    "performance art", "Young British Artists (YBA)": "the Young British Artists",
    "St Ives School": "the St Ives School", "Minimalism": "Minimalism", "British Surrealism":
    "British Surrealism", "Constructivism": "Constructivism", "Kinetic Art": "kinetic art",
    "Camden Town Group": "the Camden Town Group", "Pop Art": "Pop art", "Neo-Romanticism":
    "Neo-Romanticism", "Abstract Expressionism": "Abstract Expressionism", "British Pop":
    "British Pop art", "Feminist Art": "feminist art", "Cubism": "Cubism",
    "British Constructivism": "British Constructivism", "Art Informel": "Art Informel",
    "Body Art": "body art", "Neo-Classicism": "Neoclassicism", "New English Art Club":
    "the New English Art Club", "Post Painterly Abstraction": "Post-Painterly Abstraction",
    "Tachism": "Tachisme", "New British Sculpture": "New British Sculpture", "Symbolism":
    "Symbolism", "Land Art": "Land art", "Impressionism": "Impressionism", "London Group":
    "the London Group", "Abstraction-Création": "Abstraction-Création", "Neo-Expressionism":
    "Neo-Expressionism", "Optical Art": "Op art", "Aesthetic Movement": "the Aesthetic Movement",
    "Vorticism": "Vorticism", "Romanticism": "Romanticism", "Geometry of Fear":
    "the Geometry of Fear sculptors", "Dada": "Dada", "Euston Road School":
    "the Euston Road School", "Post-Impressionism": "Post-Impressionism", "New Sculpture":
    "the New Sculpture", "Newlyn School": "the Newlyn School", "British Impressionism":
    "British Impressionism", "Baroque": "the Baroque", "Nouveau Réalisme": "Nouveau Réalisme",
    "Unit One": "Unit One", "Arte Povera": "Arte Povera", "Norwich School":
    "the Norwich School", "Glasgow School": "the Glasgow School", "School of London":
    "the School of London", "Cobra": "Cobra", "Futurism": "Futurism", "Expressionism":
    "Expressionism", "Bauhaus": "the Bauhaus", "Bloomsbury Group": "the Bloomsbury Group",
    "De Stijl": "De Stijl", "Independent Group": "the Independent Group", "Fauvism": "Fauvism",
    "Art Nouveau": "Art Nouveau", "Neo-Impressionism": "Neo-Impressionism", "Rococo":
    "the Rococo", "Scottish Colourists": "the Scottish Colourists", "Fluxus": "Fluxus",
}


def write_table(path, fields, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fields, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out_dir", type=Path, default=CORPUS / "facts")
    options = parser.parse_args(arguments)
    try:
        laureates = json.loads((options.source / "laureates.json").read_text("utf-8"))["laureates"]
        artists, works = (list(csv.DictReader((options.source / name).read_text("utf-8")
                                              .splitlines()))
                          for name in ("tate_artists.csv", "tate_works.csv"))
    except OSError as error:
        print(f"make_tables.py: {error}; give the folder with the three sources", file=sys.stderr)
        return 2
    write_table(options.out_dir / "laureates.csv", LAUREATE_FIELDS, make_laureates(laureates))
    write_table(options.out_dir / "artists.csv", ARTIST_FIELDS, make_artists(artists, works))
    return 0


if __name__ == "__main__":
    sys.exit(main())
