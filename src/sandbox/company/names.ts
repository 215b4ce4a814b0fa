import { hashOf, itemAt, type Random } from "../random.ts";

const heads = (
  "Alder Amber Aspen Auburn Barley Basalt Beacon Birch Bramble Bright Calder Cedar Cinder Clover Cobalt Copper " +
  "Coral Crest Dapple Delta Drift Dusk Ember Fallow Fern Flint Garnet Gable Harbor Hazel Heather Hollow Indigo " +
  "Iron Ivory Juniper Kestrel Lantern Larch Linden Lumen Maple Marble Meadow Moss Nimbus Northern Oaken Ochre " +
  "Orchard Pebble Pine Plover Quarry Quill Raven Ridge Rowan Saffron Sable Shale Silver Slate Sorrel Sparrow " +
  "Spruce Tamarind Tansy Thistle Timber Umber Vale Velvet Violet Walnut Wander Willow Winter Wren Yarrow Zephyr"
).split(" ");
const tails = (
  "bank bay beck bloom bridge brook burn cairn cliff combe cove croft dale dell fall fell field fold ford forge " +
  "gate glen grange grove hall haven heath helm hill hold holt hurst keep lane lea light lock march mead mere " +
  "mill moor more mount path peak point pool quay reach rest rise rock row shaw shore side spring stead stone " +
  "stow strand thorpe tor vale view ward water way well wick wood worth yard"
).split(" ");
const trades = (
  "Analytics Automation Biotech Capital Clinics Dynamics Energy Foods Freight Health Hotels Insurance Labs " +
  "Logistics Manufacturing Media Mobility Motors Networks Optics Packaging Pharma Retail Robotics Software Studios " +
  "Supply Systems Telecom Textiles Tools Ventures"
).split(" ");
const partnerTrades =
  "Advisory Alliance Associates Cloud Collective Consulting Digital Integrations Partners Solutions".split(" ");
const firstNames = (
  "Ada Aiko Amara Anders Anika Bruno Camille Chidi Clara Dario Devi Elena Emeka Farah Felix Freya Gabriel Hana Hugo " +
  "Ines Ingrid Isaac Jonas Joon Kaito Karim Keiko Laila Leo Linnea Lucia Mads Malik Mara Mei Milan Mina Nadia Nia " +
  "Noor Oscar Paola Priya Rafael Renata Rosa Sana Sofia Stefan Tariq Theo Tomas Uma Valentina Viktor Wanjiru Yara Yusuf Zoe"
).split(" ");
const lastNames = (
  "Abara Almeida Anders Aoki Bakker Barros Bauer Bellamy Berg Castell Chandra Conti Corbin Dahl Delgado Diallo Duarte " +
  "Eklund Fabre Farrow Ferrari Fischer Fujita Garner Goto Haddad Hale Hansen Hartley Ibarra Ito Jansen Kamau Keller " +
  "Khan Kimura Kovac Lang Larsen Lindqvist Lopes Marchetti Mensah Moreau Nakano Novak Okafor Olsen Park Patel Pereira " +
  "Quist Rao Reyes Rossi Saito Sato Silva Singh Sorensen Tanaka Thorne Vega Vidal Weber Wolff Yamada Zeller"
).split(" ");

/** An invented organisation: its name and its domain under `.example`. */
export type Organisation = { readonly name: string; readonly domain: string };

const nameCombinations = heads.length * tails.length * trades.length;
// A step that shares no factor with the number of combinations visits every one of them before it repeats any.
const nameStep = 130_363;

/** The invented company number `place`. Numbers of one seed give different names and domains. */
export function companyNamed(seed: number, place: number): Organisation {
  const round = Math.floor(place / nameCombinations);
  const slot = (hashOf(seed, "companies") + (place % nameCombinations) * nameStep) % nameCombinations;
  const head = itemAt(heads, slot % heads.length);
  const tail = itemAt(tails, Math.floor(slot / heads.length) % tails.length);
  const trade = itemAt(trades, Math.floor(slot / (heads.length * tails.length)));
  const suffix = round === 0 ? "" : ` ${round + 1}`;
  const slug = `${head}${tail}-${trade}${suffix.replace(" ", "-")}`.toLowerCase();
  return { name: `${head}${tail} ${trade}${suffix}`, domain: `${slug}.example` };
}

/** The invented partner organisation number `place`. */
export function partnerNamed(seed: number, place: number): Organisation {
  const slots = heads.length * partnerTrades.length;
  const slot = (hashOf(seed, "partners") + (place % slots) * 127) % slots;
  const round = Math.floor(place / slots) % tails.length;
  const head = itemAt(heads, slot % heads.length);
  const trade = itemAt(partnerTrades, Math.floor(slot / heads.length));
  const tail = itemAt(tails, hashOf(seed, "tail", slot) + round);
  return { name: `${head}${tail} ${trade}`, domain: `${head}${tail}${trade}.example`.toLowerCase() };
}

/** The invented name of a person. */
export function personNamed(random: Random): string {
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}
