"""District, scheme and language names in all their spellings, and none by guess."""

from __future__ import annotations

import pytest

from ivr.intake.places import fold, language_code
from tests.unit.intake.intake_scene import PLACES


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("सीहोर", "SEH"),
        ("सिहोर", "SEH"),
        ("ज़िला सीहोर", "SEH"),
        ("सीहोर (म.प्र.)", "SEH"),
        ("SEHORE", "SEH"),
        ("Sehore, MP", "SEH"),
        ("Distt. Sehore", "SEH"),
        ("seh", "SEH"),
        ("छिन्दवाड़ा", "CHW"),
        ("छिंदवाडा", "CHW"),
        ("छिँदवाड़ा", "CHW"),
        ("Chindwara", "CHW"),
        ("CHHINDWARA ", "CHW"),
        ("Chhindwada", None),
        ("रायपुर", None),
        ("", None),
    ],
)
def test_a_district_is_known_by_every_spelling(written: str, code: str | None) -> None:
    district = PLACES.district(written)
    assert (district.code if district else None) == code


@pytest.mark.parametrize(
    ("written", "tags", "unknown"),
    [
        ("पीएम किसान", ("pm_kisan",), ()),
        ("PM-KISAN", ("pm_kisan",), ()),
        ("pm_kisan", ("pm_kisan",), ()),
        ("लाडली बहना योजना 2.0", ("ladli_behna",), ()),
        ("Ladli Behna; आयुष्मान", ("ladli_behna", "ayushman"), ()),
        ("आयुष्मान, आयुष्मान भारत", ("ayushman",), ()),
        ("किसान", (), ("किसान",)),  # two schemes start like this
        ("स्थानीय योजना / Ladli Behna", ("ladli_behna",), ("स्थानीय योजना",)),
        ("योजना", (), ("योजना",)),
        ("", (), ()),
    ],
)
def test_schemes_become_tags_only_when_one_is_meant(
    written: str, tags: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert PLACES.scheme_tags(written) == (tags, unknown)
    assert PLACES.scheme_tags(written) == (tags, unknown)  # and the second time


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("हिन्दी", "hi"),
        ("Hindi", "hi"),
        ("English", "en"),
        ("अंग्रेज़ी", "en"),
        ("बुंदेली", "hi"),
        ("", "hi"),
        ("GUJARATI", "gu"),
    ],
)
def test_a_language_not_known_is_taken_for_hindi(written: str, code: str) -> None:
    assert language_code(written) == code


def test_spelling_variants_meet_and_different_names_do_not() -> None:
    assert fold("भिण्ड") == fold("भिंड") == fold("भिन्ड")
    assert fold("पन्ना") != fold("पाना")
    assert fold("Dewas") == fold("Devas") != fold("Datia")
