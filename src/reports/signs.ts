/**
 * A text whose signs without a shape are shown by pictures: NUL as ␀, DEL as ␡. A page or a workbook would swallow them, and
 * a name would read as another one. Tabs and line ends stay.
 */
export function showControls(text: string): string {
  return /\p{Cc}/u.test(text)
    ? text
        .replaceAll(/\r\n?/g, "\n")
        .replaceAll(/(?![\t\n\u0080-\u009f])\p{Cc}/gu, (sign) =>
          sign === "\u007f" ? "\u2421" : String.fromCodePoint(0x2400 + sign.charCodeAt(0)),
        )
    : text;
}
