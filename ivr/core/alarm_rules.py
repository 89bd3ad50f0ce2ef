"""Every alarm: when it begins and ends, what it says, and what to do. Data only.

Each begins at `raise_at`, held for `after`, and ends by itself under `clear_at`, held
for CALM: between the two it stays as it is, so that nothing flickers. The texts are
for an in-charge in a hurry: what is wrong, then what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

CALM = timedelta(seconds=20)
FEW_DIALS, FEW_ANSWERS = 20, 20  # a share of fewer says nothing
STUCK = timedelta(seconds=30)  # a softphone that is rung again for so long
NOW = timedelta()


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    raise_at: float
    clear_at: float  # ends below it
    after: timedelta
    is_urgent: bool
    says_hi: str  # with {value}, {percent} and {about}
    says_en: str
    do_hi: str
    do_en: str


RULES = (
    Rule(
        "switch_down",
        1,
        1,
        timedelta(seconds=5),
        True,
        "टेलीफ़ोन स्विच से संपर्क टूट गया है। नई कॉलें नहीं जा रही हैं।",
        "The telephone switch cannot be reached. No new calls go out.",
        "एक मिनट प्रतीक्षा कीजिए: वह अपने आप फिर चालू होता है। न हो, तो तकनीकी साथी को "
        "बताइए (dialer.py check)।",
        "Wait a minute: it is started again by itself. If not, tell whoever looks "
        "after the machine (dialer.py check).",
    ),
    Rule(
        "store_away",
        1,
        1,
        timedelta(seconds=2),
        True,
        "डेटाबेस उत्तर नहीं दे रहा है। नई कॉलें नहीं जा रही हैं। चल रही कॉलों का लिखा "
        "({value}) डिस्क पर सुरक्षित है और अपने आप जुड़ जाएगा।",
        "The database does not answer. No new calls go out. What goes on in calls "
        "(writes: {value}) is safe on the disk and follows by itself.",
        "एक मिनट प्रतीक्षा कीजिए। ठीक न हो, तो तकनीकी साथी को बताइए (dialer.py check)।",
        "Wait a minute. If it stays, tell whoever looks after the machine (dialer.py "
        "check).",
    ),
    Rule(
        "abandonment_stop",
        1,
        0.95,
        NOW,
        True,
        "{about}: छूटी कॉलें {percent} हैं, सीमा पूरी हो गई। डायलिंग बंद है।",
        "{about}: {percent} of the people were abandoned. The cap is reached; nothing "
        "is dialled.",
        "और टेलीकॉलर लॉग-इन कराइए। हिस्सा घटने पर डायलिंग अपने आप शुरू होगी।",
        "Bring more telecallers to their desks. Dialling goes on by itself once the "
        "share has fallen.",
    ),
    Rule(
        "abandonment_rising",
        0.5,
        0.4,
        timedelta(seconds=10),
        False,
        "{about}: छूटी कॉलें बढ़कर {percent} हो गई हैं।",
        "{about}: abandoned calls have risen to {percent}.",
        "विराम पर बैठे साथियों को वापस बुलाइए, या अभियान को थोड़ी देर रोकिए। सीमा के पास "
        "डायलर अपने आप धीमा होता है।",
        "Call telecallers back from their pauses, or pause the campaign for a while. "
        "Near its cap the dialler slows down by itself.",
    ),
    Rule(
        "no_telecallers",
        1,
        1,
        timedelta(seconds=60),
        True,
        "{about}: अभियान चालू है, पर कोई टेलीकॉलर लॉग-इन नहीं है।",
        "{about}: the campaign runs, and no telecaller is logged in.",
        "साथियों को लॉग-इन कराइए, या अभियान रोकिए।",
        "Ask telecallers to log in, or pause the campaign.",
    ),
    Rule(
        "trunk_errors",
        0.2,
        0.1,
        timedelta(seconds=10),
        True,
        "पिछले 5 मिनट में {percent} कॉलें नेटवर्क तक नहीं पहुँचीं।",
        "In the last 5 minutes {percent} of the dials did not get into the network.",
        "ट्रंक की लाइनें और बैलेंस देखिए, फिर ऑपरेटर को फ़ोन कीजिए। तब तक कॉलें गिनी नहीं जातीं, "
        "लोगों के प्रयास बचे रहते हैं।",
        "Look at the trunk's channels and balance, then ring the operator. Such dials "
        "do not use up people's attempts.",
    ),
    Rule(
        "short_answers",
        0.4,
        0.3,
        timedelta(seconds=10),
        False,
        "पिछले 15 मिनट में {percent} लोगों ने 6 सेकंड के भीतर फ़ोन रख दिया।",
        "In the last 15 minutes {percent} of the answered calls were over within 6 s.",
        "अपने फ़ोन पर कॉल लगवाकर पहला वाक्य सुनिए: आवाज़ साफ़ है? देखिए कि नंबर स्पैम तो नहीं "
        "दिखता। न सुलझे, तो अभियान रोकिए।",
        "Have your own phone called and listen to the first sentence. Look whether the "
        "number shows as spam. If it stays, pause the campaign.",
    ),
    Rule(
        "desks_stuck",
        1,
        1,
        NOW,
        False,
        "इतने डेस्क का फ़ोन कटा है और फिर नहीं जुड़ रहा: {value}।",
        "Desks whose phone is lost and does not come back: {value}.",
        "उनका इंटरनेट और हेडसेट देखिए। ज़रूरत हो तो लॉग-आउट कराकर फिर लॉग-इन कराइए।",
        "Look at their network and headset. If need be, log them out and in again.",
    ),
    Rule(
        "nothing_dials",
        5,
        5,
        NOW,
        False,
        "{value} मिनट से कोई कॉल नहीं लगी, जबकि टेलीकॉलर खाली बैठे हैं।",
        "Nothing has been dialled for {value} minutes while telecallers are free.",
        "नीचे “कॉल क्यों नहीं लग रही?” देखिए: वहाँ कारण और अगला समय लिखा है।",
        "Look at “Why is nothing dialling?” below: it tells the reason, and when "
        "dialling goes on.",
    ),
    Rule(
        "long_pauses",
        0.5,
        0.4,
        timedelta(minutes=2),
        False,
        "लॉग-इन साथियों में से {percent} विराम पर हैं।",
        "{percent} of the telecallers who are logged in are paused.",
        "विराम का समय बाँटिए: सब एक साथ न जाएँ।",
        "Spread the breaks: not all at the same time.",
    ),
    Rule(
        "backup_old",
        1,
        1,
        NOW,
        False,
        "{value} घंटे से कोई बैकअप नहीं बना है।",
        "There has been no backup for {value} hours.",
        "तकनीकी साथी को बताइए (dialer.py backup)। कुछ रुकता नहीं, पर डिस्क "
        "ख़राब हुई तो इतने घंटों का काम खो जाएगा।",
        "Tell whoever looks after the machine (dialer.py backup). Nothing stops, but "
        "if the disk fails the work of these hours is lost.",
    ),
    Rule(
        "trunk_day_spent",
        1,
        1,
        NOW,
        True,
        "ट्रंक {about}: आज की सीमा पूरी हो गई। अब इससे कॉलें नहीं जाएँगी।",
        "Trunk {about}: the limit of the day is reached. It dials no more.",
        "आधी रात के बाद डायलिंग अपने आप शुरू होगी। ख़र्च असामान्य लगे, तो ऑपरेटर का बिल देखिए; "
        "सीमा सेटिंग में बदलती है।",
        "Dialling goes on by itself after midnight. If the use looks wrong, look at "
        "the operator's bill; the limit is in the settings.",
    ),
    Rule(
        "trunk_day_near",
        0.8,
        0.8,
        NOW,
        False,
        "ट्रंक {about}: आज की सीमा का {percent} हो चुका है।",
        "Trunk {about}: {percent} of the day's limit is used.",
        "सीमा पूरी होते ही डायलिंग रुक जाएगी। ज़रूरी कॉलें पहले कराइए, या सीमा बढ़वाइए।",
        "Dialling stops when it is reached. Have the important calls made first, or "
        "the limit raised.",
    ),
    Rule(
        "locked_out",
        1,
        1,
        NOW,
        False,
        "किसी ने टेलीकॉलर का फ़ोन बनकर घुसने की कोशिश की। रोके गए पते: {value} ({about})।",
        "Somebody tried to be a telecaller's phone. Addresses shut out: {value} "
        "({about}).",
        "कुछ करना ज़रूरी नहीं। यह आपके ही दफ़्तर का पता हो, तो तकनीकी साथी को बताइए "
        "(dialer.py lockouts)।",
        "Nothing need be done. If it is the address of an office of yours, tell "
        "whoever looks after the machine (dialer.py lockouts).",
    ),
    Rule(
        "phone_calls_out",
        1,
        1,
        NOW,
        True,
        "{about}: इस फ़ोन ने ख़ुद {value} बार कॉल लगाने की कोशिश की। कोई कॉल नहीं लगी।",
        "{about}: this phone tried {value} times to call somebody by itself. No call "
        "went out.",
        "टेलीकॉलर से पूछिए। उन्होंने नहीं लगाई, तो पासवर्ड चोरी हुआ है: तकनीकी साथी उसे बदल दें "
        "(docs/security-telephony.md)।",
        "Ask the telecaller. If it was not they, the password is stolen: have it "
        "changed (docs/security-telephony.md).",
    ),
    Rule(
        "phone_refused",
        1,
        1,
        NOW,
        False,
        "{about}: फ़ोन का पासवर्ड बार-बार ग़लत आ रहा है ({value} बार)।",
        "{about}: the phone's password is wrong again and again ({value} times).",
        "उस टेलीकॉलर का सॉफ़्टफ़ोन फिर से सेट कीजिए। वह उनका फ़ोन न हो, तो कोई पासवर्ड का "
        "अनुमान लगा रहा है: तकनीकी साथी को बताइए।",
        "Set that telecaller's softphone up again. If it is not theirs, somebody is "
        "guessing passwords: tell whoever looks after the machine.",
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}
