// The same work as bench_engines by two packages from npm: `fhirpath` (expressions compiled once) and `fhir` (validation of resources).
//   node peers.mjs fhirpath RESOURCE.json EXPRESSIONS SECONDS | searchparams RESOURCE.json EXPRESSIONS SECONDS | validate RESOURCES.ndjson
import fs from "node:fs";
import fhirpath from "fhirpath";
import model from "fhirpath/fhir-context/r4/index.js";

const lines = (file) => fs.readFileSync(file, "utf8").split("\n").filter((line) => line !== "");

function rate(seconds, once) {
  const end = performance.now() + seconds * 1000, start = performance.now();
  let rounds = 0;
  do {
    for (let at = 0; at < 100; at++) once();
    rounds += 100;
  } while (performance.now() < end);
  return Math.round((rounds * 1000) / (performance.now() - start));
}

/// A compiled expression, or nothing when this engine cannot run it at once.
function compiled(text, resource) {
  try {
    const run = fhirpath.compile(text, model);
    const found = run(resource);
    return Array.isArray(found) ? { run, items: found.length } : undefined;
  } catch {
    return undefined;
  }
}

const [what, file, ...more] = process.argv.slice(2);
if (what === "fhirpath") {
  const resource = JSON.parse(fs.readFileSync(file, "utf8"));
  const expressions = lines(more[0]).map((expression) => {
    const one = compiled(expression, resource);
    return one ? { expression, items: one.items, per_second: rate(Number(more[1]), () => one.run(resource)) } : { expression };
  });
  console.log(JSON.stringify({ expressions }));
} else if (what === "searchparams") {
  const resource = JSON.parse(fs.readFileSync(file, "utf8"));
  const all = lines(more[0]).map((expression) => [expression, compiled(expression, resource)]).filter(([, one]) => one);
  const per_second = rate(Number(more[1]), () => all.forEach(([, one]) => one.run(resource)));
  console.log(JSON.stringify({ expressions: all.map(([expression]) => expression), per_second }));
} else {
  const { Fhir } = (await import("fhir")).default ?? (await import("fhir"));
  const engine = new Fhir();
  const resources = lines(file).map((line) => JSON.parse(line));
  for (const resource of resources.slice(0, 50)) engine.validate(resource);
  const start = process.cpuUsage();
  let invalid = 0;
  for (const resource of resources) invalid += engine.validate(resource).valid ? 0 : 1;
  const used = process.cpuUsage(start);
  console.log(JSON.stringify({ resources: resources.length, invalid, per_second: Math.round((resources.length * 1e6) / (used.user + used.system)) }));
}
