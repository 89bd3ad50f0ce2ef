"""What an admin's hands do on the pages: drop a file, draw a flow, fill in a step."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path

from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

QUESTION = "क्या आपके गाँव में पानी रोज़ आता है? हाँ तो एक, नहीं तो दो दबाएँ।"
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "text/csv" }));
  const zone = document.querySelector("[data-drop]");
  const told = { dataTransfer: carried, bubbles: true, cancelable: true };
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, told));
}"""


# Lists


async def drop_list(page: Page, file: Path) -> None:
    """Drop a file on the page of lists; return when its columns are shown."""
    content = base64.b64encode(await asyncio.to_thread(file.read_bytes)).decode()
    await page.evaluate(DROP, [file.name, content])
    await page.wait_for_url("**/lists/imports/*")
    await expect(page.locator("table.mapping")).to_be_visible(timeout=60_000)


async def import_sums(page: Page) -> list[int]:
    """Return what became of the rows: kept, refused, twice, blank, read."""
    sums = await page.locator("table.import-sums td.n").all_inner_texts()
    return [int(one.replace(",", "")) for one in sums]


# Flows


# Where a line begins and ends on the screen, looked at in one moment.
ENDS = """([dot, target]) => {
    const from = document.querySelector(dot);
    from.scrollIntoView({block: "center", behavior: "instant"});
    const [a, b] = [from, document.querySelector(target)].map(
        (one) => one.getBoundingClientRect());
    return [a.x + 13, a.y + 13, b.x + 60, b.y + 12];
}"""


async def editor_ready(page: Page) -> None:
    await page.wait_for_selector("#flow-editor[data-ready=yes]")


async def begin_flow(page: Page, name: str = "water") -> None:
    """Begin a flow on the page of flows; ends in its editor."""
    await page.fill("[name=title_hi]", "पानी की आपूर्ति")
    await page.fill("[name=flow_id]", name)
    await page.click("main form button.main")
    await page.wait_for_url(f"**/flows/{name}/edit")
    await editor_ready(page)


async def draw_line(page: Page, node: str, port: str, target: str) -> None:
    """Drag from the dot of a node's way to another node; again, if it slipped.

    A drawing that is filled anew on a busy machine may move under the hand.
    """
    dot = f"#node-{node} [data-port='{port}'] .way-dot"
    ends = [dot, f"#node-{target} .node-top"]
    for _ in range(5):
        before, found = None, await page.evaluate(ENDS, ends)
        while found != before:  # it comes to rest
            await asyncio.sleep(0.2)
            before, found = found, await page.evaluate(ENDS, ends)
        x1, y1, x2, y2 = found
        await page.mouse.move(x1, y1)
        await page.mouse.down()
        await page.mouse.move(x2, y2, steps=8)
        await page.mouse.up()
        with contextlib.suppress(PlaywrightTimeout):
            await page.wait_for_selector(f"{dot}.led", timeout=5000)
            return
    raise AssertionError(f"no line could be drawn from {node} to {target}")


async def draw_question(page: Page) -> None:
    """Draw a question with two keys between the greeting and the goodbye."""
    await page.select_option("#flow-add-kind", "menu")
    await page.click("#flow-add-button")
    await page.fill("#f-menu_1-say-hi", QUESTION)
    await draw_line(page, "menu_1", "next", "thanks")
    await draw_line(page, "welcome", "next", "menu_1")


async def save_flow(page: Page) -> None:
    await page.click("[data-do=save]")
    await page.wait_for_selector("[data-do=save]:disabled")


# Campaigns


async def go_on(page: Page, step: int) -> None:
    """Keep a step of the wizard; ends on the next one, `step`."""
    await page.click("button[value=on]")
    await page.wait_for_url(f"**/{step}")


async def foresee(page: Page) -> None:
    """Let the wizard play the campaign beforehand; return when it shows what came."""
    await page.click("form[hx-post$='/forecast'] button")
    await page.wait_for_selector("#forecast .case", timeout=120_000)
