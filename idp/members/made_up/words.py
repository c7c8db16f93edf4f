"""The lists made-up names and addresses are drawn from."""

from __future__ import annotations

_WOMEN = """
Adèle Agathe Aïcha Alice Amélie Anaïs Andrée Anne Aurore Béatrice Camille Cécile Céline Chloé Claire Clémence
Colette Danièle Denise Éléonore Élise Émilie Estelle Fatima Françoise Gaëlle Geneviève Ginette Hélène Inès
Jacqueline Jeanne Joëlle Josiane Justine Karine Léa Louise Lucie Madeleine Maëlys Manon Marguerite Marie
Marie-Thérèse Mireille Monique Nathalie Noémie Océane Odette Pauline Raphaëlle Renée Rose Sabine Salomé Simone
Solène Suzanne Sylvie Thérèse Valérie Yvette Zoé
"""
_MEN = """
Adrien Alain Albert Amadou André Antoine Arnaud Aurélien Baptiste Benoît Bernard Brahim Cédric Christian
Clément Damien Daniel Denis Éric Étienne Fabien Félix François Gaël Gérard Gilles Grégoire Guy Henri Hervé
Ibrahim Jacques Jean Jean-Baptiste Jean-Luc Jérôme Joël José Jules Julien Karim Kévin Laurent Loïc Lucien Luc
Marcel Mathéo Maurice Michel Noël Olivier Pascal Paul Philippe Pierre Raphaël Rémi René Robert Roger Stéphane
Sylvain Théo Thierry Yann Yves
"""
_FAMILIES = """
Abadie Alvarez Aubépin Auvray Bâcle Barthélémy Beauvallet Bellanger Bénard Bertrandy Blanchot Boisseau
Bonnefoy Bouquet Bourrély Brémond Brunel Cadoret Caillaud Carrière Castaing Chabrol Champagnac Charpentier
Châtelain Chaussade Chevreuil Clavière Coëffic Cordonnier Courtois Cuvelier Dacosta Daubigny Delcourt Delmas
Deschênes Desprès Diallo Dubreuil Duchêne Dumoulin Dupré Éluard Escoffier Estève Evrard Fabrègue Faucheux
Ferrand Fontanel Fougeroux Fournel Garrigue Gaudin Genêt Girardot Gonçalves Goupil Grandjean Guéguen Guillemot
Haddad Hamelin Hébrard Héraut Houssin Jaouen Jobard Jolivet Kaczmarek Kerbrat Labrousse Lacassagne Lagarde
Lambrecht Larrieu Lavigne Lebœuf Lefèvre Lemoine Lenoir Lépine Levasseur Loiseau Maçon Maës Malherbe
Marchandeau Maréchal Mazières Ménard Mercadier Meunier Michaud Montagnier Moreira Müller Naudin Nguyen
Noël-Fabre Ozanne Pagès Pasquier Péchard Pelletier Pereira Périchon Poirier Pradier Prévost Quéméner Quesnel
Rabier Ragueneau Renaudin Ribeyre Riquet Rochefort Rouvière Roussillon Sabatier Saint-Léger Salvaing Sénéchal
Serre Soulié Szymański Tardieu Teissèdre Tessier Thévenet Thibault Touzé Tréguier Valentin Vasseur Verdier
Vignaud Villeneuve Voisin Wagner Yilmaz Zerbib
"""
WOMEN, MEN, FAMILIES = (tuple(names.split()) for names in (_WOMEN, _MEN, _FAMILIES))
LONG_FAMILIES = (
    "Barthélémy de Saint-Léger des Grandes Garrigues",
    "Casteljaloux-Montferrand d’Entraygues de la Rochebeaucourt",
    "Rakotonirinandriamanjakavololona",
    "d’Aubépin de Fontaine-Chaussade et de Villeneuve-Roussillon",
)

STREETS = ("rue", "chemin", "route", "impasse", "avenue", "place", "allée", "hameau", "quai", "boulevard")
STREET_NAMES = (
    "de l’Église", "du Moulin", "des Vignes", "de la Gare", "du Lavoir", "des Tilleuls", "du Pré-Neuf", "de la Mairie",
    "des Écoles", "du Général-Leclerc", "de la Fontaine", "des Peupliers", "du Château", "des Noyers", "de la Croix",
    "du Puits", "de l’Abbaye", "des Acacias", "de la Grange", "du Four-à-Chaux", "des Hirondelles", "du Bois-Joli",
)  # fmt: skip
FARMS = ("Ferme des Saules", "Lieu-dit La Borde", "Mas des Oliviers", "Domaine de la Garenne", "Lieu-dit Kerivoal")
BUILDINGS = ("Résidence les Glycines, bâtiment C, appartement 214", "Foyer Jeanne-d’Arc, chambre 12, 2e étage")

TOWNS = (
    ("01000", "Bourg-en-Bresse"), ("02100", "Saint-Quentin"), ("12000", "Rodez"), ("14500", "Vire Normandie"),
    ("15000", "Aurillac"), ("16200", "Jarnac"), ("20250", "Corte"), ("22300", "Lannion"), ("23000", "Guéret"),
    ("24120", "Terrasson-Lavilledieu"), ("28200", "Châteaudun"), ("29300", "Quimperlé"), ("32000", "Auch"),
    ("35600", "Redon"), ("40500", "Saint-Sever"), ("43000", "Le Puy-en-Velay"), ("47300", "Villeneuve-sur-Lot"),
    ("48100", "Marvejols"), ("49500", "Segré-en-Anjou Bleu"), ("50300", "Avranches"), ("53100", "Mayenne"),
    ("56300", "Pontivy"), ("59190", "Hazebrouck"), ("61200", "Argentan"), ("62130", "Saint-Pol-sur-Ternoise"),
    ("64220", "Saint-Jean-Pied-de-Port"), ("70000", "Vesoul"), ("71100", "Chalon-sur-Saône"), ("72200", "La Flèche"),
    ("79300", "Bressuire"), ("80200", "Péronne"), ("85400", "Luçon"), ("86400", "Civray"), ("88200", "Remiremont"),
    ("97180", "Sainte-Anne"), ("97218", "Basse-Pointe"), ("97351", "Matoury"), ("97431", "La Plaine-des-Palmistes"),
)  # fmt: skip
ABROAD = (
    ("Chaussée de Tournai 118", "7520", "Tournai", "BE"),
    ("Hauptstraße 7", "77694", "Kehl", "DE"),
    ("Calle Mayor 23, 2.º izquierda", "22700", "Jaca", "ES"),
    ("Rua das Oliveiras 41", "4700-025", "Braga", "PT"),
    ("Chemin du Vignoble 9", "1162", "Saint-Prex", "CH"),
    ("Strada Felicităţii 12, scara B", "400001", "Cluj-Napoca", "RO"),
    ("ul. Młyńska 5/3", "61-730", "Poznań", "PL"),
    ("14, rue Ibn Khaldoun", "20250", "Casablanca", "MA"),
    ("Flat 2, 31 Orchard Lane", "TN24 8TJ", "Ashford", "GB"),
    ("Lot 204, Villa des Palmiers", "", "Dakar", "SN"),
)
