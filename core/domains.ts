/** Telling domain names from the many other words with dots in them: files, versions, classes, field names. */

import { fillTable } from "./names.ts";
import { constant } from "./scanner.ts";

/** Top-level domains that make a bare word a domain name. Those that are also usual endings of files and fields are not here. */
const COMMON = new Set(
  `com net org edu gov mil int info biz io co dev cloud online site xyz top club shop click fun icu onion arpa local internal lan
  corp localdomain ac ae ai al am ar at au az ba bd be bg bo br by ca ch ci cl cm cn cr cu cy cz de dk do dz ec ee eg es et
  eu fi fm fr ga ge gg gh gl gr gt hk hn hr hu ie il im in ir it je jo jp ke kg kh kr kw kz la lb li lk lt lu lv ly ma mc me
  mg mm mn mt mx my na ng ni nl no np nu nz om pa pe pk pro pt pw qa re ro ru sa sb se sg si sk su sv tk tn to tr tt tv tw
  tz ua ug uk us uy uz va vc ve vn ws za zm zw`.split(/\s+/),
);

fillTable(constant("USUAL_TOPS"), COMMON); // the scanner tells names of these from other texts: core/scanner/text.ts

/** First labels of names of packages and classes, which are domain names written backwards. */
const BACKWARDS = new Set(["com", "org", "net", "io", "java", "javax", "edu", "gov", "dev"]);

const DOT = 0x2e;
const DASH = 0x2d;

/** Characters of a label but for the dash: letters, digits and the underscore. */
const LABEL = Uint8Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0));

const LONGEST_LABEL = 63;
const MOST_LABELS = 17;

/** A top-level domain of letters, or of any script in Punycode. */
const TOP = /^(?:[a-z]{2,24}|xn--[a-z\d-]{2,59})$/i;

/** True for the form of a domain name with a top-level domain of letters: enough where only one is expected. */
export function isName(text: string): boolean {
  const length = text.endsWith(".") ? text.length - 1 : text.length;
  if (text.length < 4 || text.length > 254) return false;
  let start = 0; // of the label at hand
  let labels = 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (!endsLabel(text, start, i) || ++labels > MOST_LABELS) return false;
      start = i + 1;
    } else if (code !== DASH && LABEL[code] !== 1) return false;
  }
  return labels > 1 && TOP.test(text.slice(start, length));
}

/** A label is not empty, not too long, and begins and ends with no dash. */
function endsLabel(text: string, start: number, end: number): boolean {
  if (end === start || end - start > LONGEST_LABEL) return false;
  return text.charCodeAt(start) !== DASH && text.charCodeAt(end - 1) !== DASH;
}

/** True for a domain name that stands alone among other words: its top-level domain is a usual one too. */
export function isCommonName(text: string): boolean {
  const end = text.endsWith(".") ? text.length - 1 : text.length;
  if ((text.charCodeAt(end - 1) | 32) < 97) return false; // a version, a number or a date
  const last = text.lastIndexOf(".", end - 1);
  if (last < 1 || !COMMON.has(text.slice(last + 1, end).toLowerCase()) || !isName(text)) return false;
  return last === text.indexOf(".") || !BACKWARDS.has(text.slice(0, text.indexOf(".")).toLowerCase());
}
