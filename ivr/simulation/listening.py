"""One person's listening: where a prompt begins and ends, and what it says.

Follows the sound of one call; knows sentences by an `Understanding`, if there is
one. Presses and says nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr.simulation.phone import Phone
from ivr.simulation.understanding import WINDOW_S, Sentence, Understanding

END_S = 0.9  # silence that ends a prompt; sentences within one pause for less
SETTLE_S = 0.36  # after a key, until the prompt that it cut short has stopped
EARLIER_S = 0.2  # sound may have begun this much before it was noticed
STEP_S = 0.3  # what is said there is not known: look a little later
SLACK_S = 0.12  # what was heard is judged so much later


class Listener:
    """What one person makes of the sound, prompt by prompt."""

    def __init__(
        self,
        phone: Phone,
        understanding: Understanding | None,
        tell: Callable[[Sentence, float], None],
    ) -> None:
        self._phone = phone
        self._understanding = understanding
        self._tell = tell
        self._look_at = 0.0
        self.began = 0.0  # the present prompt
        self.sentence: Sentence | None = None  # the last that tells where we are
        self.sentence_began = 0.0
        self.can_understand = understanding is not None

    def start(self, began: float, look_from: float) -> None:
        """A new prompt begins; its first sound came after `look_from`."""
        self.began = self.sentence_began = began
        self.sentence = None
        self._look_at = max(began - SETTLE_S - EARLIER_S, look_from)

    @property
    def is_over(self) -> bool:
        """Whether the prompt has ended: silence for END_S."""
        phone = self._phone
        return not phone.is_sound and phone.lasted >= END_S

    @property
    def beeped(self) -> bool:
        """Whether the prompt ended with a beep."""
        phone = self._phone
        if phone.tone_at is None or phone.is_sound:
            return False
        return phone.tone_at >= phone.changed_at - 0.4

    def look(self) -> None:
        """Try to understand what has been heard since the last look."""
        if self._understanding is None:
            return
        while self._may_look():
            heard = self._phone.heard(self._look_at, WINDOW_S)
            found = self._understanding.recognise(heard)
            if found is None:
                self._look_at += STEP_S
                continue
            began = self._look_at + found.began_s
            self._tell(found.sentence, began)
            if found.sentence.kind:
                self.sentence, self.sentence_began = found.sentence, began
            self._look_at = began + found.lasts_s - EARLIER_S

    def _may_look(self) -> bool:
        phone = self._phone
        if time.monotonic() >= self._look_at + WINDOW_S + SLACK_S:
            # Nothing begins in silence.
            return phone.is_sound or self._look_at < phone.changed_at
        return self.is_over and self._look_at < phone.changed_at - EARLIER_S
