/** What the benchmark's records look like to JavaScript. */
export interface Item {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly location: { readonly lat: number; readonly lon: number; readonly city: string };
}

const NAMES = ["Ada Lovelace", "Grace Hopper", "Karen Spärck Jones", "Barbara Liskov", 'Radia "Mother" Perlman'];
const TAGS = ["new", "sale", "fragile", "oversized", "gift"];
const NOTES = [
  "Leave it at the front desk, please.",
  "Call before you come: the bell\nis broken.",
  "No hurry; any day of the next week will do.",
];

/**
 * JSON text of about so many bytes: `{"items": [ … ]}` of records with strings (some with escapes or beyond ASCII),
 * integers, decimals, booleans, null, and an array and an object inside. The same at every run.
 */
export function document(bytes: number): string {
  const items: string[] = [];
  let length = 0;
  for (let i = 0; length < bytes; i++) {
    const item = JSON.stringify(record(i));
    items.push(item);
    length += Buffer.byteLength(item) + 1;
  }
  return `{"items":[${items.join()}],"count":${items.length}}`;
}

function record(i: number): Item & Record<string, unknown> {
  const name = NAMES[i % NAMES.length] ?? "";
  return {
    id: 100_000 + i * 7,
    name,
    email: `customer.${i}@example.com`,
    active: i % 3 !== 0,
    price: ((i * 7919) % 100_000) / 100,
    quantity: (i * 31) % 12,
    discount: i % 4 === 0 ? null : 0.15,
    tags: TAGS.slice(i % 3, (i % 3) + 2),
    location: {
      lat: ((i * 104_729) % 180_000) / 1000 - 90,
      lon: ((i * 1_299_709) % 360_000) / 1000 - 180,
      city: "Zürich",
    },
    note: NOTES[i % NOTES.length],
    createdAt: new Date(1.7e12 + i * 61_000).toISOString(),
  };
}
