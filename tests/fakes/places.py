"""A small tree of centres for tests of the screens."""

from __future__ import annotations

from ivr.core.model import Centre, CentreCode
from ivr.core.organisation import Tree

MP, BHOPAL = CentreCode("MP"), CentreCode("MP.BPL")
SEHORE, VIDISHA = CentreCode("MP.BPL.SEH"), CentreCode("MP.BPL.VID")
TREE: Tree = {
    MP: Centre(MP, "मध्य प्रदेश", "Madhya Pradesh"),
    BHOPAL: Centre(BHOPAL, "भोपाल संभाग", "Bhopal division", MP),
    SEHORE: Centre(SEHORE, "सीहोर", "Sehore", BHOPAL),
    VIDISHA: Centre(VIDISHA, "विदिशा", "Vidisha", BHOPAL),
}
