"""The made-up citizens: one for every case that a client must survive, and one for each member of the demo."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from idp.demo.people import PEOPLE
from idp.demo.person import Person

Outcome = Literal["known", "refused", "down", "invalid"]
"""What the register answers: found, refused (homonyms, dead), no answer; or the identity came without an e-mail."""


@dataclass(frozen=True, slots=True)
class Civil:
    """A civil status. `birthdate` may end in `-00` or `-00-00`; `birthplace` is empty for those born abroad."""

    given_names: tuple[str, ...]
    family_name: str
    gender: str
    birthdate: str
    birthplace: str
    birthcountry: str = "99100"


@dataclass(frozen=True, slots=True)
class Citizen:
    """One citizen. `civil` is the register's; `told` the identity provider's own, when it spells otherwise."""

    key: str
    case: str
    civil: Civil
    email: str | None
    usage_name: str | None = None
    outcome: Outcome = "known"
    told: Civil | None = None

    @property
    def name(self) -> str:
        """First name and name, for a page."""
        return f"{self.civil.given_names[0]} {self.civil.family_name}"


def everybody(today: date) -> dict[str, Citizen]:
    """All citizens by key, the demo's members first. `today` makes the young ones young."""
    people = [*(_member(person) for person in PEOPLE), *_CASES, *_young(today)]
    return {citizen.key: citizen for citizen in people}


_LINKS: Final = ("da", "de", "do")


def _member(person: Person) -> Citizen:
    """A demo member as the State knows them: the name of birth in capitals, the rest letter for letter."""
    key = _plain(f"{person.given_names.split()[0]} {person.birth_name}")
    civil = Civil(
        _names(person.given_names), person.birth_name.upper(), person.gender,
        person.birthdate.isoformat(), person.birthplace, person.birthcountry,
    )  # fmt: skip
    return Citizen(key, f"Membre : {person.who}", civil, f"{key}@courriel.example",
                   person.usage_name or None)  # fmt: skip


def _names(given_names: str) -> tuple[str, ...]:
    """First names one by one; a Portuguese « da » ties two words into one name."""
    names: list[str] = []
    for word in given_names.split():
        if names and (word in _LINKS or names[-1].split()[-1] in _LINKS):
            names[-1] += f" {word}"
        else:
            names.append(word)
    return tuple(names)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join(letters.replace("'", " ").split())


def _case(key: str, case: str, civil: Civil, usage_name: str | None = None, outcome: Outcome = "known",
          email: str | None = "", told: Civil | None = None) -> Citizen:  # fmt: skip
    return Citizen(key, case, civil, f"{key}@courriel.example" if email == "" else email, usage_name, outcome, told)


def _young(today: date) -> tuple[Citizen, ...]:
    return tuple(
        _case(key, case, Civil((name,), "PETITJEAN", "female", f"{today.year - age}-02-03", "59009"))
        for key, case, name, age in (
            ("moins-de-16", "Moins de 16 ans", "Lilou", 12),
            ("moins-de-18", "Moins de 18 ans", "Noémie", 16),
        )
    )


_TWINS: Final = "famille.carlier@courriel.example"
_HOMONYM: Final = Civil(("Paul", "Louis"), "DUFOUR", "male", "1961-04-18", "80021")

# fmt: off
_CASES: Final = (
    _case("un-prenom", "Un seul prénom", Civil(("Agathe",), "VERMEERSCH", "female", "1979-10-24", "59183")),
    _case("trois-prenoms", "Trois prénoms",
          Civil(("Lucien", "Émile", "Noël"), "BRIDOUX", "male", "1948-12-25", "62193")),
    _case("prenom-compose", "Prénom avec un trait d’union",
          Civil(("Jean-Baptiste",), "HERBIN", "male", "1983-05-06", "59122")),
    _case("prenom-avec-espace", "Prénom avec une espace",
          Civil(("Marie Claire", "Anne", "Lucie"), "FOURNEAU", "female", "1966-08-15", "62427")),
    _case("nom-compose", "Nom avec un trait d’union",
          Civil(("Solène",), "LECOMTE-DASSONVAL", "female", "1991-03-30", "59512")),
    _case("double-nom", "Double nom, deux tirets",
          Civil(("Malo",), "GOSSART--PIEDANNA", "male", "2003-06-11", "80001")),
    _case("accents", "Accents et ligatures",
          Civil(("Maëlys", "Cœlia"), "DESFORÊTS-ŒILLET", "female", "1987-07-09", "62041")),
    _case("apostrophe", "Apostrophe et particule",
          Civil(("Loïc",), "D'HERBOUVILLE DE LA MOTTE", "male", "1974-09-19", "59350")),
    _case("nom-tres-long", "Nom de plus de 50 lettres",
          Civil(("Anne-Charlotte",), "VANDENBROUCKE-HAUTEFEUILLE DE MONTREUIL-LES-GRANDES-BRUYERES",
                "female", "1981-01-17", "59606")),
    _case("nom-d-usage", "Avec un nom d’usage",
          Civil(("Sabine", "Odette"), "CORDONNIER", "female", "1959-02-26", "62765"), "WILLERVAL"),
    _case("nom-d-usage-vide", "Nom d’usage vide", Civil(("Rémi",), "LHEUREUX", "male", "1994-11-13", "59392"), ""),
    _case("corse-2a", "Né en Corse (2A)", Civil(("Anghjulu",), "LECCIA", "male", "1986-04-02", "2A041")),
    _case("corse-2b", "Née en Corse (2B)", Civil(("Ghjulia",), "ORNANO", "female", "1993-10-08", "2B096")),
    _case("polynesie", "Née en Polynésie (987)",
          Civil(("Hinano", "Teura"), "TEMAURI", "female", "1989-06-29", "98735")),
    _case("wallis", "Né à Wallis (986)", Civil(("Petelo",), "FALEMATAGIA", "male", "1977-03-21", "98613")),
    _case("algerie", "Née en Algérie", Civil(("Samira",), "HADDOUCHE", "female", "1971-12-04", "", "99352")),
    _case("maroc", "Né au Maroc", Civil(("Hicham",), "BENCHEKROUN", "male", "1980-08-28", "", "99350")),
    _case("portugal", "Née au Portugal", Civil(("Beatriz", "Inês"), "MOURINHA", "female", "1969-05-31", "", "99139")),
    _case("belgique", "Né en Belgique", Civil(("Wout",), "VERHAEGHE", "male", "1975-02-14", "", "99131")),
    _case("espagne", "Née en Espagne", Civil(("Rocío",), "ECHEVARRIETA", "female", "1984-09-07", "", "99134")),
    _case("italie", "Né en Italie", Civil(("Tommaso",), "BELLAROSA", "male", "1963-01-12", "", "99127")),
    _case("jour-presume", "Jour de naissance inconnu",
          Civil(("Fatima",), "OUALI", "female", "1958-11-00", "", "99350")),
    _case("jour-et-mois-presumes", "Jour et mois de naissance inconnus",
          Civil(("Mamadou",), "DIABIRA", "male", "1947-00-00", "", "99335")),
    _case("genre-non-precise", "Genre non précisé",
          Civil(("Camille",), "SAUVAGE", "unspecified", "1998-07-22", "59017")),
    _case("casse-mixte", "Nom en minuscules", Civil(("Édith",), "Delattre", "female", "1956-06-03", "62119")),
    _case("jumelle-1", "Jumelle (1)", Civil(("Clara",), "CARLIER", "female", "1990-05-05", "59599"), email=_TWINS),
    _case("jumelle-2", "Jumelle (2)", Civil(("Elsa",), "CARLIER", "female", "1990-05-05", "59599"), email=_TWINS),
    _case("autre-orthographe", "Écrit autrement chez son fournisseur d’identité",
          Civil(("Joëlle", "Renée"), "LEFÈVRE", "female", "1965-10-10", "59350"),
          told=Civil(("JOELLE",), "LEFEVRE", "female", "1965-10-10", "59350")),
    _case("homonyme-1", "Homonyme parfait (1) : refusé", _HOMONYM, outcome="refused"),
    _case("homonyme-2", "Homonyme parfait (2) : refusé", _HOMONYM, outcome="refused"),
    _case("decede", "Décédé : refusé",
          Civil(("Gaston",), "PLUVINAGE", "male", "1921-03-08", "62498"), outcome="refused"),
    _case("registre-en-panne", "Le registre ne répond pas",
          Civil(("Yvette",), "MACREZ", "female", "1953-09-16", "59172"), outcome="down"),
    _case("sans-courriel", "Sans adresse e-mail : identité invalide",
          Civil(("Denis",), "TURPIN", "male", "1972-04-27", "80021"), outcome="invalid", email=None),
)
# fmt: on
