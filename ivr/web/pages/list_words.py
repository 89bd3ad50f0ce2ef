"""The words that the pages of lists have for what the rooms call by code."""

from __future__ import annotations

from ivr.core.list_import import ImportState
from ivr.core.origin import OriginKind
from ivr.web.texts import N_

S = ImportState
STATES = {
    S.LOOKING: N_("reading the file"),
    S.MAPPING: N_("check the columns"),
    S.COMPARING: N_("comparing"),
    S.COMPARED: N_("waits for your yes"),
    S.IMPORTING: N_("importing"),
    S.DONE: N_("imported"),
    S.FAILED: N_("did not work"),
    S.CANCELLED: N_("discarded"),
}
# Bought and scraped lists are refused, so they are no choice.
ORIGINS = {
    OriginKind.OWN_MEMBERS: N_("Own members: they gave us their number"),
    OriginKind.RECORDED_CONSENT: N_("Consent: they said yes, and we can show it"),
    OriginKind.ROLL_PLUS_LAWFUL_PHONE: N_(
        "Names from the roll, numbers from a lawful source of their own"
    ),
    OriginKind.GOVERNMENT_BENEFICIARY: N_("Government list of beneficiaries"),
}
FIELDS = {
    "number": N_("Mobile number"),
    "alt_number": N_("Second number"),
    "name": N_("Name"),
    "district": N_("District"),
    "constituency": N_("Constituency"),
    "scheme": N_("Scheme"),
    "language": N_("Language"),
    "age": N_("Age"),
    "dob": N_("Date of birth"),
}
LANGUAGE_NAMES = {
    "hi": N_("Hindi"),
    "en": N_("English"),
    "gu": N_("Gujarati"),
    "mr": N_("Marathi"),
    "ur": N_("Urdu"),
}
NOTES = {
    "district_unknown": N_("District not known: kept without one"),
    "scheme_unknown": N_("Scheme not known: its name is kept"),
    "second_number_used": N_("First number bad: the second column's was taken"),
    "second_number_unreadable": N_("Second number bad: left out"),
    "sensitive_value_blanked": N_("Identity or bank number inside a cell: blanked"),
    "long_value_cut": N_("Cell longer than 500 letters: cut"),
}
# What the other rooms say of a file, so that it is read in Hindi too.
PROBLEMS = (
    N_("the file is empty"),
    N_("the file is too big"),
    N_("the file did not come whole"),
    N_("the file stopped coming"),
    N_("the disk is nearly full"),
    N_("too many files wait"),
    N_("the workbook cannot be read"),
    N_("it unpacks to more than any list needs"),
    N_("there is no row of people in it"),
    N_("the Hindi in it is typed in Kruti Dev, which is a font and no text"),
    N_("no column holds telephone numbers"),
    N_("two columns are the same"),
    N_("a column cannot be this"),
    N_("another import into this database is running"),
    N_("the program was restarted meanwhile"),
    N_("this import has gone on meanwhile"),
    N_("it did not work"),
    N_("this cannot be done"),
    N_("choose on what ground they may be called"),
)
REMEDIES = (
    N_("save it again"),
    N_("save it as CSV, or divide it"),
    N_("send it again"),
    N_("ask your admin"),
    N_("finish or discard others"),
    N_("open it, remove a password if it has one, and save it as XLSX"),
    N_("save the list as CSV UTF-8"),
    N_("leave one out, or choose another"),
    N_("choose the one that does"),
    N_("wait until it has ended"),
    N_("try again"),
    N_("load the page again"),
)
# Which field of the form a refusal is about, and what to do.
FORM_PROBLEMS = {
    "--list": N_("Give the list a name: one line of at most 60 letters."),
    "--origin": N_(
        "Say in words whose numbers these are and how they were given. Bought and"
        " scraped lists are not imported; lists of beneficiaries only by the"
        " government."
    ),
}
