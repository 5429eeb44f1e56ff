"""Names and places of a council that does not exist. Any likeness to a living person or a real street is chance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A family's background in names: first names, surnames, the language some of them speak, and how common it is."""

    share: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    language: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ORIGINS: tuple[Origin, ...] = (
    Origin(
        46,
        _words(
            "Alice Harry Grace Jack Olive Tom Daisy Fred Ivy George Poppy Alfie Edith Stan Mabel Ralph Joan "
            "Keith Doreen Barry Pauline Gary Janet Craig Stacey Liam Chloe Callum Megan Kyle Jodie Rory Isla "
            "Ewan Morag"
        ),
        _words(
            "Ashdown Bramley Catterick Dunmore Ellerby Fenwright Garside Hollins Inskip Jowett Kirkham "
            "Larkswood Mossley Netherby Oakshott Pennock Quarmby Rawcliffe Stanmore Thackray Underhay Varley "
            "Whitlow Yarrow Hepton Birkwood"
        ),
    ),
    Origin(
        9,
        _words("Mair Dylan Rhian Gethin Carys Iestyn Nia Owain Bethan Emrys Lowri Tomos Eleri Gwilym Angharad Aled"),
        _words("Prydderch Llewelyn Cadwaladr Gwyther Morys Bevan Trahaearn Penry Eynon Cynddylan Gittins Vaughan"),
        "Welsh",
    ),
    Origin(
        9,
        _words(
            "Zofia Jan Maja Piotr Agnieszka Tomasz Kasia Marek Ola Wojtek Hanna Krzysztof Basia Pawel Ewelina Antoni"
        ),
        _words("Brzozowik Kalinek Wierzbak Sosnowik Olchowicz Lipinek Jaworek Topolak Klonowicz Grabik Dobrzak"),
        "Polish",
    ),
    Origin(
        14,
        _words(
            "Aisha Imran Nasreen Bilal Sana Farhan Priya Arjun Meera Rohan Harpreet Gurdeep Simran Jaspal "
            "Nazma Rafiq Shirin Tariq Lakshmi Vikram Amara Nadeem"
        ),
        _words(
            "Qureshani Malikson Chaudhrana Begumari Rahmanly Sandhuwal Gillani Dhaliwala Patelman Nairoth "
            "Iyerson Banerji Mirzada Hussainor Kaurwell"
        ),
        "Urdu",
    ),
    Origin(
        11,
        _words(
            "Comfort Kwame Ama Kofi Ngozi Chidi Adaeze Emeka Folake Tunde Zainab Abdi Hodan Yusuf Tendai Rudo "
            "Fatou Amadou Selam Dawit"
        ),
        _words(
            "Adjeman Bonsuah Okafordi Ezeani Adebanke Ogunlade Warsamo Jamalow Moyondo Chikwana Diallore "
            "Sarron Tesfayo Mensaro Okoroba"
        ),
        "Somali",
    ),
    Origin(
        5,
        _words("Marcia Winston Yvonne Delroy Shanice Leroy Beverley Desmond Tanisha Clive Jasmine Errol"),
        _words("Campbellton Brownlee Grantley Morganville Clarkeson Reidmore Wynterley Samuelson"),
    ),
    Origin(
        6,
        _words("Ioana Andrei Elena Mihai Layla Omar Samira Hassan Mei Wei Ling Jun Beatriz Rui Leyla Kerem"),
        _words("Popeanu Ionesar Mureshan Haddadin Khourani Zhaolin Chenwei Silvaro Pereirinha Yilmazer Demirkan"),
        "Romanian",
    ),
)

STREETS: tuple[str, ...] = (
    "Tarn Court", "Tannery Court", "Hob Lane", "Quay Rise", "Mill Fold", "Lantern Street", "Cooper Row", "Saltpan Road",
    "Heron Close", "Bobbin Street", "Weir Terrace", "Foundry Lane", "Chapel Brow", "Orchard Way", "Kiln Bank",
    "Ferry Road", "Larch Avenue", "Rope Walk", "Signal Street", "Beacon View", "Drover Lane", "Hayloft Close",
    "Station Approach", "Willow Garth", "Packhorse Lane", "Cinder Path", "Gasworks Street", "Bell Meadow",
    "Shepherd Rise", "Navigation Road", "Malthouse Yard", "Old Wharf", "Thistle Grove", "Spindle Street", "Priory Mews",
    "Copper Beech Drive", "Sandpiper Way", "Harbour Lights", "Granary Court", "Linden House", "Mariner House",
    "Alder House", "Rowan Tower", "Juniper Walk", "Clockmaker Street", "Pinfold Lane", "Ginnel Row", "Fleece Street",
    "Watermill Close", "Marl Pits", "Teasel Road", "Barley Croft", "Ironside Road", "Limekiln Lane", "Market Parade",
    "Fountain Street", "Causeway End", "Slipway Street", "Tollgate Road", "Windmill Hill",
)  # fmt: skip

OFFICER_NAMES: tuple[tuple[str, str], ...] = (
    ("Helen Marchbank", "Team leader, housing repairs"),
    ("Priya Nair", "Housing caseworker"),
    ("Owen Price", "Housing surveyor"),
    ("Danuta Zielak", "Housing caseworker"),
    ("Samuel Oduya", "Team leader, housing options"),
    ("Rhys Gethin", "Housing options officer"),
    ("Nasreen Aldam", "Housing options officer"),
    ("Colette Wray", "Contact-centre adviser"),
    ("Margaret Stubbs", "Team leader, neighbourhoods"),
    ("Yusuf Tarrow", "Neighbourhood officer"),
    ("Joanne Pike", "Neighbourhood officer"),
    ("Tendai Marlowe", "Front-desk officer"),
)
"""Twelve officers, four for each team, the team's supervisor first."""

ROOMS: tuple[tuple[str, str], ...] = (
    ("child-bedroom", "child's bedroom"),
    ("bedroom", "back bedroom"),
    ("living-room", "living room"),
    ("kitchen", "kitchen"),
    ("bathroom", "bathroom"),
    ("hall", "hall"),
)
SIGNS: tuple[str, ...] = (
    "Black mould on the outside wall", "Damp patch spreading on the ceiling", "Water running down the window wall",
    "Mould behind the wardrobe", "Plaster crumbling and wet", "Musty smell and black spots", "Leak from the flat above",
    "Mould on clothes and bedding", "Wet floor after rain", "Condensation and mould round the window",
)  # fmt: skip
SINCE: tuple[str, ...] = ("for two weeks", "since October", "for about a year", "since moving in", "for three months")
NOTES: tuple[str, ...] = (
    "Rang to confirm the appointment. They will be in.",
    "Asked for photos by text; two received and looked at.",
    "Explained what happens next and by when. They understood.",
    "They say it is worse after rain. Gutter to be checked at the visit.",
    "Heating works. Meter has credit.",
    "Spoke to the contractor: parts are ordered.",
    "Neighbour above has the same. Checked whether it is one leak.",
    "They asked for a morning visit because of school.",
    "Dehumidifier lent and working.",
    "Read the history: reported two years ago, treated with paint only.",
)
TASKS: tuple[str, ...] = (
    "Ring to agree a visit", "Check the gutter report", "Ask the contractor for a start date",
    "Send the aftercare leaflet", "Look at last year's case", "Ring back about the dehumidifier",
    "Check the extractor fan order", "Ask the surveyor for readings",
)  # fmt: skip
CAUSES: tuple[str, ...] = ("leak", "penetration", "condensation", "ventilation", "insulation", "rising-damp")
