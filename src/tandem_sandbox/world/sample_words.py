"""The words that made-up people are put together from."""

FIRST_NAMES = (
    "Ada", "Ben", "Chiara", "Dinh", "Eleni", "Farid", "Grace", "Hamish", "Isla", "Jun", "Kavita", "Liam", "Mei",
    "Nikau", "Olive", "Pavel", "Quyen", "Ravi", "Siobhan", "Tariq", "Una", "Viktor", "Willow", "Xanthe", "Yusuf",
    "Zoe", "Anouk", "Bodhi", "Carmen", "Dev", "Esther", "Finn", "Gulnaz", "Hugo", "Ines", "Jarrah", "Kirra",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Baker", "Costa", "Doyle", "Evans", "Fonseca", "Green", "Haddad", "Ito", "Jansen", "Kaur", "Lang",
    "Moretti", "Nguyen", "O'Connor", "Papas", "Quinn", "Rao", "Smith-Jones", "Tran", "Ueda", "Vella", "Walsh", "Xu",
    "Young", "Zammit", "Ahearn", "Brandt", "Chen", "D'Souza", "Ekström", "Flynn", "Gale",
)  # fmt: skip
MIDDLE_NAMES = (None, None, "Jean", None, "Lee", None, "Mary Ann", None)
STREETS = ("Harbour Lane", "Mill Road", "Station Street", "Wattle Grove", "High Street", "Quay Parade")
PLACES = (
    ("Newcastle", "NSW", "2300"), ("Fremantle", "WA", "6160"), ("Geelong", "VIC", "3220"), ("Hobart", "TAS", "7000"),
    ("Darwin", "NT", "0800"), ("Cairns", "QLD", "4870"), ("Adelaide", "SA", "5000"), ("Canberra", "ACT", "2600"),
)  # fmt: skip
