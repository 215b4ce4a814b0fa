import { describe, expect, test } from "vitest";
import { attribute, html, join, raw, scriptJson } from "../../src/reports/html.ts";
import { unbroken } from "../../src/reports/words.ts";

describe("the html template", () => {
  test("escapes text and attributes, so that a partner's name cannot become markup", () => {
    const name = `<img src=x onerror="alert('1')"> & Sons`;
    expect(html`<b title="${name}">${name}</b>`.markup).toBe(
      `<b title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; Sons">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; Sons</b>`,
    );
  });

  test("shows signs without a shape by pictures, which a browser would swallow", () => {
    expect(html`<b title="${"a\u0000b"}">${"\u0001\u007f\u001b[31m"}\t</b>`.markup).toBe(
      '<b title="a␀b">␁␡␛[31m\t</b>',
    );
  });

  test("takes markup as it is, lists piece by piece, and nothing for null and false", () => {
    expect(html`<ul>${["a<", html`<li>b</li>`, null, false, 3, 4n]}</ul>`.markup).toBe("<ul>a&lt;<li>b</li>34</ul>");
    expect(join(["a", raw("<i>")], ", ").markup).toBe("a, <i>");
  });

  test("does not take an object that only looks like markup", () => {
    expect(() => html`${{ markup: "<script>" }}`).toThrow("may not print object");
  });

  test("never prints a number that is none", () => {
    expect(() => html`${Number.NaN}`).toThrow("may not print NaN");
    expect(() => html`${1 / 0}`).toThrow("may not print Infinity");
  });

  test("leaves an attribute out when there is no value", () => {
    expect(html`<p${attribute("class", null)}${attribute("data-v", 0)}></p>`.markup).toBe(`<p data-v="0"></p>`);
  });

  test("writes JSON that cannot close its script element", () => {
    expect(scriptJson(["</script>\u2028"]).markup).toBe(`["\\u003c/script>\\u2028"]`);
  });
});

describe("a sentence with an amount below zero", () => {
  test("keeps the minus and its amount on one line, with or without a currency", () => {
    expect(unbroken("Deltalock −$104k, −US$1,200 and −9.1 pp of 3 − 2").markup).toBe(
      'Deltalock <span class="nowrap">−$104k</span>, <span class="nowrap">−US$1,200</span> and <span class="nowrap">−9.1</span> pp of 3 − 2',
    );
  });

  test("is still escaped", () => {
    expect(unbroken("<b>−$1</b>").markup).toBe('&lt;b&gt;<span class="nowrap">−$1</span>&lt;/b&gt;');
  });
});
