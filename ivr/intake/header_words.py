"""The words by which lists name their columns, in Hindi, English and in between.

Only vocabulary. Each entry: headers that are equal to one of the first words, or that
contain one of the second. All are compared folded (ivr/intake/places.py), so spellings
with and without nukta, capitals, dots and spaces need no entry of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.intake.places import fold


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words: a header equals one of `equal` or contains one of `held`."""

    equal: frozenset[str]
    held: tuple[str, ...]


def _words(equal: str, held: str = "") -> Words:
    return Words(_folded(equal), tuple(_folded(held)))


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split("|") if word.strip())


# In the order of asking: "mobile 2" before "mobile".
CONTACT_WORDS: Mapping[str, Words] = {
    "alt_number": _words(
        "मोबाइल 2|फोन 2|mobile 2|phone 2|alt no|दूसरा नंबर",
        "वैकल्पिक|अन्य मोबाइल|दूसरा मोबाइल|alternat|alt mob|alt phone|alt number"
        "|other mobile|secondary|mobile no 2|phone no 2",
    ),
    "number": _words(
        "नंबर|number|no|tel|cell|msisdn|whatsapp|mob|contact",
        "मोबाइल|मोबाईल|फोन|दूरभाष|संपर्क न|संपर्क सूत्र|व्हाट्सएप|मो न"
        "|mobile|mob no|phone|contact n|telephone|whatsapp n|cell n",
    ),
    "dob": _words("dob", "जन्म|birth"),
    "age": _words("age|आयु|उम्र|age (years)|age in years|आयु (वर्ष)|उम्र (वर्ष)"),
    "constituency": _words(
        "ac|ac no|vs", "विधानसभा|assembly|constituency|vidhansabha|vidhan sabha"
    ),
    "district": _words("dist|distt", "जिला|जिले|district|zila|jila"),
    "scheme": _words("tag|tags|टैग", "योजना|scheme|yojana|yojna"),
    "language": _words("बोली", "भाषा|language|bhasha"),
    "name": _words(
        "name|नाम|full name|naam|व्यक्ति|हितग्राही|लाभार्थी|beneficiary",
        "हितग्राही का नाम|लाभार्थी|मतदाता का नाम|सदस्य का नाम|नागरिक का नाम|आवेदक"
        "|कृषक का नाम|beneficiary name|voter name|member name|customer name"
        "|contact name|person name|applicant|citizen name|farmer name",
    ),
}

# Kept as extras, under one name whatever the list calls them.
EXTRA_WORDS: Mapping[str, Words] = {
    "guardian": _words("", "पिता|पति|father|husband|guardian|अभिभावक"),
    "panchayat": _words("", "ग्राम पंचायत|gram panchayat"),
    "block": _words("जनपद|block", "विकासखंड|ब्लॉक|ब्लाक|जनपद पंचायत|block name"),
    "tehsil": _words("", "तहसील|tehsil|tahsil"),
    "village": _words("gram", "ग्राम|गाँव|village"),
    "ward": _words("ward", "वार्ड|ward n"),
    "booth": _words("booth", "बूथ|booth n|मतदान केंद्र|polling station"),
    "amount": _words("रकम|amt", "राशि|amount"),
    "gender": _words("sex|m/f", "लिंग|gender"),
    "address": _words("पता", "निवास|address"),
    "pincode": _words("pin", "पिन कोड|pincode"),
}

NAME_WORDS = _words(
    "", "नाम|name|naam"
).held  # in a header that says nothing more exact
SERIAL_WORDS = _folded(
    "क्र|क्रं|क्रमांक|स.क्र.|अनु क्र|sno|sr no|sl no|serial|serial no|#|sr|sn"
)

SENSITIVE_WORDS: Mapping[str, Words] = {
    "aadhaar": _words("uid|uid no|uidai", "आधार|aadhaar|aadhar|adhaar|adhar"),
    "bank": _words(
        "account|खाता|खाता नं|खाता क्रमांक",
        "बैंक|bank|ifsc|आईएफएससी|account no|account num|पासबुक|passbook"
        "|खाता नंबर|खाता संख्या",
    ),
    "epic": _words(
        "epic",
        "epic n|voter id|voter card|वोटर आईडी|वोटर कार्ड|एपिक|मतदाता पहचान|मतदाता परिचय",
    ),
    "caste": _words(
        "वर्ग|category|cat|community|समाज|sc/st/obc|सामाजिक वर्ग|social category",
        "जाति|caste|jati",
    ),
    "religion": _words("पंथ|faith", "धर्म|religion|मजहब|dharm"),
}

SENSITIVE_VALUES: Mapping[str, frozenset[str]] = {
    "caste": _folded(
        "sc|st|obc|gen|general|ur|ews|bc|other backward class|scheduled caste"
        "|scheduled tribe|अजा|अजजा|अपिव|पिछड़ा वर्ग|सामान्य|अनुसूचित जाति|अनुसूचित जनजाति"
        "|अन्य पिछड़ा वर्ग|अनारक्षित|सवर्ण|ओबीसी|एससी|एसटी|जनरल"
    ),
    "religion": _folded(
        "hindu|muslim|islam|christian|sikh|jain|buddhist|parsi"
        "|हिंदू|मुस्लिम|मुसलमान|इस्लाम|ईसाई|सिख|जैन|बौद्ध"
    ),
}


def equal_to(key: str, known: Mapping[str, Words]) -> str | None:
    """Return the entry that has the folded header `key` itself."""
    return next((name for name, words in known.items() if key in words.equal), None)


def holding(key: str, known: Mapping[str, Words]) -> str | None:
    """Return the first entry with a word that the folded header `key` contains."""
    return next(
        (
            name
            for name, words in known.items()
            if any(word in key for word in words.held)
        ),
        None,
    )
