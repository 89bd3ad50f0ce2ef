"""The report's fixed words in both languages. Data's own words come with the data."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.core.results import Note, Words
from ivr.report.numbers import grouped

OUTCOMES: Mapping[str, Words] = {
    "completed": Words("सवाल पूरे हुए", "flow completed"),
    "talked": Words("साथी से बात हुई", "talked to a telecaller"),
    "partial": Words("बीच में कॉल छोड़ी", "left part-way"),
    "callback": Words("वापस कॉल माँगी", "asked to be called back"),
    "opted_out": Words("आगे कॉल नहीं चाहिए", "opted out"),
    "abandoned": Words("साथी समय पर नहीं मिला", "abandoned: no telecaller in time"),
    "silent": Words("उठाया, पर कोई उत्तर नहीं", "answered, no reaction"),
    "no_answer": Words("घंटी बजी, नहीं उठाया", "rang, not answered"),
    "busy": Words("नंबर व्यस्त", "busy"),
    "rejected": Words("कॉल अस्वीकार", "rejected"),
    "unreachable": Words("फ़ोन बंद या पहुँच से बाहर", "switched off or out of reach"),
    "invalid_number": Words("नंबर अमान्य", "number does not exist"),
    "congestion": Words("नेटवर्क व्यस्त", "network congested"),
    "cancelled": Words("हमने कॉल रोकी", "dropped by us"),
    "interrupted": Words("तकनीकी कारण से कटी", "cut by a fault"),
    "failed": Words("कॉल लग नहीं सकी", "could not be placed"),
    "live": Words("कॉल जारी", "in progress"),
}

STEPS: Mapping[str, Words] = {
    "in_lists": Words("सूचियों में लोग", "in the lists"),
    "meant": Words("अभियान के दायरे में", "after the filters"),
    "enrolled": Words("अभियान में लिए गए", "taken into the queue"),
    "tried": Words("जिन्हें कॉल लगाई", "tried"),
    "answered": Words("कॉल उठी", "call answered"),
    "spoke": Words("व्यक्ति ने उत्तर दिया", "a person responded"),
    "to_the_end": Words("अंत तक रहे या साथी से बात की", "stayed to the end, or talked"),
    "talked": Words("साथी से बात की", "talked to a telecaller"),
}

LENGTHS: Mapping[str, Words] = {
    "rings": Words("घंटी, उठने तक", "ringing until answered"),
    "rings_unanswered": Words("घंटी, जब नहीं उठा", "ringing, not answered"),
    "calls": Words("कॉल की अवधि", "call, answer to end"),
    "talks": Words("साथी से बातचीत", "talk with a telecaller"),
}

OPT_OUT_SOURCES: Mapping[str, Words] = {
    "key_9": Words("कॉल में 9 दबाया", "pressed 9 in the call"),
    "flow": Words("कॉल में चुना", "chose it in the call"),
    "spoken": Words("बोलकर कहा", "said so"),
    "before": Words("पहले से सूची में थे", "was on the list before"),
}

TALK_OUTCOMES: Mapping[str, Words] = {
    "resolved": Words("समाधान हुआ", "resolved"),
    "follow_up": Words("फिर बात करनी है", "to follow up"),
    "complaint": Words("शिकायत दर्ज की", "complaint noted"),
    "suggestion": Words("सुझाव दिया", "suggestion"),
    "not_interested": Words("बात नहीं करना चाहते थे", "not interested"),
    "needs_help": Words("मदद चाहिए", "needs help"),
    "information_given": Words("जानकारी दी", "information given"),
    "callback": Words("फिर कॉल करनी है", "to be called again"),
    "wrong_number": Words("गलत नंबर", "wrong number"),
    "not_noted": Words("दर्ज नहीं किया", "not noted"),
}

STATES: Mapping[str, Words] = {
    "draft": Words("अभी शुरू नहीं", "not started"),
    "running": Words("जारी", "running"),
    "paused": Words("रुका हुआ", "paused"),
    "stopped": Words("बंद किया गया", "stopped"),
    "finished": Words("पूरा हुआ", "finished"),
}

MODES: Mapping[str, Words] = {
    "preview": Words("देखकर कॉल", "preview"),
    "progressive": Words("खाली साथी पर कॉल", "progressive"),
    "predictive": Words("अनुमान से कॉल", "predictive"),
    "broadcast": Words("स्वचालित कॉल", "broadcast"),
}

VERDICTS: Mapping[str, Words] = {
    "good": Words("लक्ष्य के भीतर", "within the target"),
    "watch": Words("लक्ष्य से ऊपर: ध्यान दें", "above the target: watch it"),
    "stop": Words("रोक की सीमा के ऊपर", "above the limit"),
}

# Outcomes that are shown as one colour of a bar, the best first.
BANDS: tuple[tuple[str, Words, frozenset[str]], ...] = (
    ("talked", OUTCOMES["talked"], frozenset({"talked"})),
    ("completed", OUTCOMES["completed"], frozenset({"completed"})),
    (
        "partly",
        Words("बीच में समाप्त", "ended part-way"),
        frozenset({"partial", "callback", "opted_out", "abandoned", "live"}),
    ),
    ("silent", OUTCOMES["silent"], frozenset({"silent"})),
    (
        "not_answered",
        Words("नहीं उठाया या व्यस्त", "not answered, busy"),
        frozenset({"no_answer", "busy", "rejected"}),
    ),
    (
        "not_reached",
        Words("नंबर तक नहीं पहुँची", "not reached"),
        frozenset(
            {
                "unreachable",
                "invalid_number",
                "congestion",
                "cancelled",
                "interrupted",
                "failed",
            }
        ),
    ),
)

_NOTES: Mapping[str, Words] = {
    "no_calls": Words(
        "इस अभियान में अभी तक कोई कॉल नहीं हुई।",
        "No call has been placed in this campaign yet.",
    ),
    "live": Words(
        "{of} में से {count} कॉल अभी समाप्त नहीं हुई हैं; आँकड़े बदलेंगे।",
        "{count} of {of} calls are not over yet; the figures will change.",
    ),
    "interrupted": Words(
        "{of} में से {count} कॉल तकनीकी कारण से कटीं।",
        "{count} of {of} calls were cut by a fault.",
    ),
    "few": Words(
        "केवल {count} लोगों ने उत्तर दिया: प्रतिशत में ±10 अंक से अधिक का अंतर संभव है।",
        "Only {count} people responded: shares may be off by more than 10 points.",
    ),
    "short_calls": Words(
        "{of} में से {count} कॉल उठने के 6 सेकंड के भीतर कट गईं। "
        "ऑपरेटर ऐसी कॉलों पर रोक लगा सकते हैं।",
        "{count} of {of} answered calls ended within 6 seconds. Operators flag that.",
    ),
    "versions": Words(
        "कॉल के दौरान सवालों के {count} संस्करण रहे; यहाँ नवीनतम के शब्द हैं।",
        "The flow had {count} versions meanwhile; the words here are the latest.",
    ),
    "unknown_questions": Words(
        "{count} उत्तर ऐसे सवालों के हैं जो अब पूछे नहीं जाते; वे यहाँ नहीं हैं।",
        "{count} answers are to questions no longer asked; they are left out.",
    ),
    "no_district": Words(
        "{of} में से {count} लोगों का ज़िला दर्ज नहीं है।",
        "{count} of {of} people have no district.",
    ),
    "not_enrolled": Words(
        "सूचियों के {count} लोग अभी अभियान में नहीं लिए गए: वे बाद में जुड़े, या यह छोटा परीक्षण है।",
        "{count} people of the lists are not in the queue: they came later, or this is "
        "a pilot.",
    ),
    "same_number": Words(
        "{count} लोगों का नंबर किसी और का भी है; एक नंबर पर एक ही कॉल होती है।",
        "{count} people share a number with another; a number is dialled once.",
    ),
    "open_talks": Words(
        "{count} बातचीत का समाप्ति समय दर्ज नहीं हुआ; उनका समय नहीं जोड़ा गया।",
        "{count} talks have no recorded end; their time is not counted.",
    ),
    "withheld": Words(
        "{count} समूहों की राय अलग से नहीं दी गई: उनमें 20 से कम उत्तर हैं, "
        "या बाकी घटाकर ऐसे समूह की राय निकल आती।",
        "The opinions of {count} groups are not shown apart: they have fewer than 20 "
        "answers, or would give such a group away by subtraction.",
    ),
    "amd_off": Words(
        "मशीन-पहचान (AMD) बंद है: किसी व्यक्ति को मशीन समझकर नहीं काटा गया, "
        "इसलिए ऑफ़कॉम सूत्र में वह अनुमान 0 है।",
        "Machine detection (AMD) is off: nobody was taken for a machine, so that "
        "estimate is 0 in Ofcom's formula.",
    ),
}


def named(words: Mapping[str, Words], code: str) -> Words:
    """Return what a code is called; a code nobody named stands for itself."""
    plain = code.replace("_", " ")
    return words.get(plain.replace(" ", "_")) or Words(plain, plain)


def sentence(note: Note) -> Words:
    words = named(_NOTES, note.code)
    numbers = {"count": grouped(note.count), "of": grouped(note.of)}
    return Words(words.hi.format(**numbers), words.en.format(**numbers))
