"""The demo's members: one for every situation that the guide describes. All of them are made up.

The NIR of each is well formed (sex, year, month, place, order) and belongs to nobody. Situations: mission S3
(identifier, with its Corsican, overseas, foreign and provisional forms) and S8 to S10 (the question).
"""

from datetime import date
from typing import Final

from idp.demo.person import Money, Person

_PENSION: Final = (1, 2, 3, 4, 5, 6, 7)

# fmt: off
PEOPLE: Final = (
    Person(
        who="Particulier, carte Vitale avec photo",
        nir="2850359350117",
        birth_name="Vasseur", given_names="Camille Louise", gender="female",
        birthdate=date(1985, 3, 14), birthplace="59350",
        serial="80412963570", photo=True,
        address=("12 rue des Saules", "59000", "Lille", "FR"),
        payments=(Money(18_541, 5, (1, 2, 3, 4, 5), "Allocations familiales"),),
    ),
    Person(
        who="Particulier, carte Vitale sans photo",
        nir="1520762041058",
        birth_name="Delaunoy", given_names="Henri", gender="male",
        birthdate=date(1952, 7, 2), birthplace="62041",
        serial="30975128846", photo=False,
        address=("3 place de l’Église", "62156", "Vis-en-Artois", "FR"),
        payments=(Money(94_327, 9, _PENSION, "Retraite"),),
    ),
    Person(
        who="Particulier sans droits santé, avec des paiements",
        nir="2920159178204",
        birth_name="Carpentier", given_names="Inès", gender="female",
        birthdate=date(1992, 1, 23), birthplace="59178",
        health_rights=False,
        address=("27 route de Cambrai", "59500", "Douai", "FR"),
        payments=(
            Money(31_278, 5, (1, 2, 3, 4), "Prime d’activité"),
            Money(24_610, 12, (3,), "Aide au logement"),
        ),
    ),
    Person(
        who="Particulier, droits ouverts mais carte pas encore reçue",
        nir="2000980021033",
        birth_name="Boulanger", given_names="Zoé Marie", gender="female",
        birthdate=date(2000, 9, 8), birthplace="80021",
        address=("8 chemin du Marais", "80000", "Amiens", "FR"),
        payments=(Money(8_762, 18, (1, 2), "Remboursement de soins"),),
    ),
    Person(
        who="Exploitant, avec des factures",
        nir="1781162510079",
        birth_name="Desrousseaux", given_names="Marc", gender="male",
        birthdate=date(1978, 11, 30), birthplace="62510",
        situation="exploitant", serial="61190347725", photo=True,
        address=("Ferme du Moulin", "62500", "Saint-Omer", "FR"),
        invoices=(
            Money(142_390, 15, (2, 5, 8, 11), "Cotisations, appel trimestriel"),
            Money(36_055, 20, (6,), "Cotisations, régularisation"),
        ),
    ),
    Person(
        who="Exploitante corse (2B), avec une facture",
        nir="270062B033046",
        birth_name="Casanelli", given_names="Lesia Maria", gender="female",
        birthdate=date(1970, 6, 19), birthplace="2B033",
        situation="exploitant", health_rights=False,
        address=("Lieu-dit Suprana", "20290", "Borgo", "FR"),
        invoices=(Money(57_884, 10, (3,), "Cotisations, appel annuel"),),
    ),
    Person(
        who="Exploitant sans facture récente",
        nir="1680959491012",
        birth_name="Wattelier", given_names="Bruno", gender="male",
        birthdate=date(1968, 9, 3), birthplace="59491",
        situation="exploitant",
        address=("41 rue du Château", "59650", "Villeneuve-d’Ascq", "FR"),
        invoices=(Money(99_040, 10, (14,), "Cotisations, appel annuel"),),
    ),
    Person(
        who="Particulière sans aucune question possible",
        nir="2440262160009",
        birth_name="Fauvel", given_names="Odile", gender="female",
        birthdate=date(1944, 2, 11), birthplace="62160",
        health_rights=False,
        address=("5 quai des Pêcheurs", "62200", "Boulogne-sur-Mer", "FR"),
        payments=(Money(40_215, 9, (8, 9), "Retraite de réversion"),),
    ),
    Person(
        who="Particulier dont l’adresse manque au dossier",
        nir="1991259606140",
        birth_name="Lemoine", given_names="Théo", gender="male",
        birthdate=date(1999, 12, 5), birthplace="59606",
        serial="72038816459", photo=True,
    ),
    Person(
        who="Particulier corse (2A), carte avec photo",
        nir="188052A004123",
        birth_name="Pietralba", given_names="Ghjuvan Battista", gender="male",
        birthdate=date(1988, 5, 27), birthplace="2A004",
        serial="55610293874", photo=True,
        address=("18 cours Grandval", "20000", "Ajaccio", "FR"),
    ),
    Person(
        who="Particulière née outre-mer (La Réunion), nom d’usage",
        nir="2710597411023",
        birth_name="Hoareau", given_names="Marie-Josée", usage_name="Thuillier", gender="female",
        birthdate=date(1971, 5, 16), birthplace="97411",
        serial="41876620935", photo=True,
        address=("Résidence Les Tilleuls, appartement 14", "59300", "Valenciennes", "FR"),
        payments=(Money(52_713, 12, (1, 2, 3), "Pension d’invalidité"),),
    ),
    Person(
        who="Particulier né à l’étranger (99), mois de naissance inconnu",
        nir="1623099352012",
        birth_name="Benmansour", given_names="Yacine", gender="male",
        birthdate=date(1962, 7, 1), birthplace="", birthcountry="99352",
        serial="19427750683", photo=False,
        address=("6 rue Jean-Baptiste Corot", "59200", "Tourcoing", "FR"),
        payments=(Money(71_169, 9, _PENSION, "Retraite"),),
    ),
    Person(
        who="Numéro provisoire (7), saisonnier né à l’étranger",
        nir="7850699350001",
        birth_name="El Idrissi", given_names="Anas", gender="male",
        birthdate=date(1985, 6, 20), birthplace="", birthcountry="99350",
        health_rights=False,
        address=("Gîte des Vergers, 2 route de Saint-Amand", "59310", "Orchies", "FR"),
        payments=(Money(43_906, 18, (1, 2), "Indemnités journalières"),),
    ),
    Person(
        who="Numéro provisoire (8), noms très longs",
        nir="8900499139002",
        birth_name="de Vasconcelos e Albuquerque de Mendonça Furtado",
        given_names="Maria da Conceição Francisca Xavier Antónia", usage_name="Vanderstraeten-Grymonprez",
        gender="female", birthdate=date(1990, 4, 9), birthplace="", birthcountry="99139",
        serial="68250141397", photo=True,
        address=("Résidence du Parc de la Haute-Deûle, bâtiment C, escalier 2", "59120", "Loos", "FR"),
    ),
)
# fmt: on
"""Every demo member, the simplest first: the order of the terminal's table."""
