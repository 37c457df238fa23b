// All days, one after the other, on one stage. PERCH_DAYS chooses those whose names hold it.

import { launch, quit, trouble, witness } from "./harness.mjs";
import { days as tryo, evening } from "./tryo.mjs";
import { days as failures } from "./failures.mjs";
import { days as blocks } from "./blocks.mjs";
import { days as people } from "./people.mjs";
import { days as looks } from "./looks.mjs";

const chosen = process.env.PERCH_DAYS ?? "";
let failed = 0;
await launch();
for (const [name, day] of Object.entries({ ...tryo, ...failures, ...blocks, ...people, ...looks, ...evening })) {
  if (!chosen.split(",").some((one) => name.includes(one))) continue;
  const begun = Date.now();
  try {
    await day();
    if (trouble.length) throw new Error(trouble.splice(0).join("\n"));
    console.log(`ok      ${name}, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.stack}`);
    trouble.length = 0;
    await witness();
  }
}
await quit();
process.exit(failed ? 1 : 0);
