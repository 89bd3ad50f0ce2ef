// What is being edited: the document, its places, what was before, what is wrong.
// Views read it and are told of every change; nothing here touches the page.
import { type Opened, type Problem, ask } from "./api.ts";
import { type Doc, type Layout, arranged } from "./model.ts";

interface Moment {
  doc: Doc;
  layout: Layout;
}

const MOST_MOMENTS = 200;
const CHECK_AFTER_MS = 500;

export class Editor {
  doc: Doc;
  layout: Layout;
  opened: Opened;
  problems: Problem[];
  selected = "";
  isDirty = false;
  private past: Moment[] = [];
  private future: Moment[] = [];
  private watchers: ((structure: boolean) => void)[] = [];
  private checking = 0;
  private telling = 0;

  constructor(opened: Opened) {
    this.opened = opened;
    // A file that was broken by hand has no nodes to show; its fault says where.
    this.doc = { ...opened.document, nodes: opened.document.nodes ?? {} };
    this.layout = arranged(this.doc, opened.layout);
    this.problems = opened.problems;
    this.selected = opened.document.start;
  }

  // `structure` false: only words changed, and the form in which they were typed
  // stays as it is, with the keyboard in it.
  watch(watcher: (structure: boolean) => void): void {
    this.watchers.push(watcher);
  }

  // A field that is left writes what was typed before the keyboard has arrived at the
  // next one: views are filled anew after that, or it would arrive nowhere.
  tell(structure = true): void {
    window.clearTimeout(this.telling);
    if (structure) for (const watcher of this.watchers) watcher(true);
    else this.telling = window.setTimeout(() => {
      for (const watcher of this.watchers) watcher(false);
    });
  }

  commit(doc: Doc, { layout = this.layout, structure = true } = {}): void {
    if (doc === this.doc && layout === this.layout) return;
    this.past.push({ doc: this.doc, layout: this.layout });
    if (this.past.length > MOST_MOMENTS) this.past.shift();
    this.future = [];
    this.become({ doc, layout }, structure);
  }

  // A field is being typed in: there is something to save, though it is not taken yet.
  typing(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.tell(false);
  }

  select(name: string): void {
    if (name in this.doc.nodes) this.selected = name;
    this.tell();
  }

  undo(): void {
    this.step(this.past, this.future);
  }

  redo(): void {
    this.step(this.future, this.past);
  }

  get mayUndo(): boolean {
    return this.past.length > 0;
  }

  get mayRedo(): boolean {
    return this.future.length > 0;
  }

  // The server has it as `opened` says: saved, or somebody else's taken.
  took(opened: Opened, { keep = true } = {}): void {
    this.opened = opened;
    this.problems = opened.problems;
    if (!keep) this.commit(opened.document, { layout: opened.layout });
    this.isDirty = false;
    this.tell();
  }

  problemsOf(name: string): Problem[] {
    return this.problems.filter((one) => one.node === name && one.flow === this.doc.flow);
  }

  async check(): Promise<void> {
    const doc = this.doc;
    const found = await ask<Problem[]>(
      `/api/v1/flows/${this.opened.flow_id}/check`, "POST", { document: doc },
    );
    if (doc !== this.doc) return; // it has changed again since
    this.problems = found;
    this.tell(false);
  }

  private step(from: Moment[], to: Moment[]): void {
    const moment = from.pop();
    if (!moment) return;
    to.push({ doc: this.doc, layout: this.layout });
    this.become(moment, true);
  }

  private become(moment: Moment, structure: boolean): void {
    this.doc = moment.doc;
    this.layout = arranged(moment.doc, moment.layout);
    this.isDirty = true;
    if (!(this.selected in this.doc.nodes)) this.selected = this.doc.start;
    this.tell(structure);
    window.clearTimeout(this.checking);
    this.checking = window.setTimeout(() => {
      this.check().catch(() => {}); // saving will tell what is wrong with the line
    }, CHECK_AFTER_MS);
  }
}
