/** The few parts of jsdom that tests read pages with; the package brings no types. */
declare module "jsdom" {
  export interface TestElement {
    readonly textContent: string | null;
    readonly outerHTML: string;
    readonly firstChild: { readonly textContent: string | null } | null;
    remove(): void;
    append(text: string): void;
    getAttribute(name: string): string | null;
    querySelector(selector: string): TestElement | null;
    querySelectorAll(selector: string): Iterable<TestElement>;
  }
  export class JSDOM {
    constructor(html: string, options?: { readonly contentType: string });
    readonly window: { readonly document: TestElement };
  }
}
