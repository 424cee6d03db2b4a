// What users of common FHIR clients do, against the hub whose base is the first argument. One line for each thing that went wrong; exit code 1 then.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { MedplumClient } from '@medplum/core';
import * as kitModule from 'fhir-kit-client';

const base = process.argv[2]; // "http://127.0.0.1:8080/fhir"
const require = createRequire(import.meta.url);
let failures = 0;
let done = 0;

async function step(name, work) {
  try {
    await work();
    done += 1;
  } catch (failure) {
    failures += 1;
    console.log(`${name}: ${failure.message.split('\n').slice(0, 4).join(' ')}`);
  }
}

const person = (value, more = {}) => ({ resourceType: 'Patient', identifier: [{ system: 'urn:clients', value }], ...more });
const bundle = (type, ...entry) => ({ resourceType: 'Bundle', type, entry });

async function kit() {
  const Client = kitModule.Client ?? kitModule.default;
  const client = new Client({ baseUrl: base });
  let made;
  await step('fhir-kit-client: capability statement', async () => assert.equal((await client.capabilityStatement()).fhirVersion, '4.0.1'));
  await step('fhir-kit-client: create and read', async () => {
    made = await client.create({ resourceType: 'Patient', body: person('kit', { active: true }) });
    assert.equal((await client.read({ resourceType: 'Patient', id: made.id })).active, true);
  });
  await step('fhir-kit-client: update', async () => {
    const changed = await client.update({ resourceType: 'Patient', id: made.id, body: { ...made, gender: 'female' } });
    assert.equal(changed.meta.versionId, '2');
  });
  await step('fhir-kit-client: conditional update', async () => {
    const changed = await client.update({ resourceType: 'Patient', searchParams: { identifier: 'urn:clients|kit' }, body: person('kit', { birthDate: '1990-01-01' }) });
    assert.equal(changed.id, made.id);
  });
  await step('fhir-kit-client: JSON Patch', async () => {
    const changed = await client.patch({ resourceType: 'Patient', id: made.id, jsonPatch: [{ op: 'add', path: '/gender', value: 'male' }] });
    assert.equal(changed.gender, 'male');
  });
  await step('fhir-kit-client: version read and history', async () => {
    assert.equal((await client.vread({ resourceType: 'Patient', id: made.id, version: '1' })).meta.versionId, '1');
    assert.equal((await client.history({ resourceType: 'Patient', id: made.id })).entry.length, 4);
  });
  await step('fhir-kit-client: transaction, search and pages', async () => {
    const entries = Array.from({ length: 7 }, (_, n) => ({ resource: person(`page-${n}`, { gender: 'other' }), request: { method: 'POST', url: 'Patient' } }));
    assert.equal((await client.transaction({ body: bundle('transaction', ...entries) })).type, 'transaction-response');
    let page = await client.search({ resourceType: 'Patient', searchParams: { gender: 'other', _count: 3 } });
    assert.equal(page.total, 7);
    let count = 0;
    for (; page; page = await client.nextPage({ bundle: page })) count += page.entry.length;
    assert.equal(count, 7);
  });
  await step('fhir-kit-client: search by POST', async () => {
    const found = await client.search({ resourceType: 'Patient', searchParams: { identifier: 'urn:clients|kit' }, options: { postSearch: true } });
    assert.equal(found.total, 1);
  });
  await step('fhir-kit-client: a missing resource is an OperationOutcome', async () => {
    await assert.rejects(client.read({ resourceType: 'Patient', id: 'nobody' }), (failure) => failure.response.data.resourceType === 'OperationOutcome');
  });
  await step('fhir-kit-client: operation', async () => {
    const all = await client.operation({ name: '$everything', resourceType: 'Patient', id: made.id, method: 'GET' });
    assert.ok(all.entry.some((entry) => entry.resource.id === made.id));
  });
  await step('fhir-kit-client: delete', async () => {
    await client.delete({ resourceType: 'Patient', id: made.id });
    await assert.rejects(client.read({ resourceType: 'Patient', id: made.id }), (failure) => failure.response.status === 410);
  });
}

async function smart() {
  const fhir = require('fhirclient');
  const client = fhir({ headers: {}, url: '/', protocol: 'http' }, {}).client({ serverUrl: base });
  let made;
  await step('fhirclient: create', async () => {
    made = await client.create(person('smart', { active: true }));
    assert.equal(made.resourceType, 'Patient');
  });
  await step('fhirclient: request', async () => assert.equal((await client.request(`Patient/${made.id}`)).active, true));
  await step('fhirclient: update', async () => assert.equal((await client.update({ ...made, gender: 'female' })).gender, 'female'));
  await step('fhirclient: patch', async () => {
    const changed = await client.patch(`Patient/${made.id}`, [{ op: 'replace', path: '/gender', value: 'male' }]);
    assert.equal(changed.gender, 'male');
  });
  await step('fhirclient: all pages, flat', async () => {
    const found = await client.request('Patient?gender=other&_count=2', { pageLimit: 0, flat: true });
    assert.equal(found.length, 7);
  });
  await step('fhirclient: resolved references', async () => {
    const made = await client.create({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${(await client.create(person('ref'))).id}` } });
    const found = await client.request(`Observation/${made.id}`, { resolveReferences: ['subject'] });
    assert.equal(found.subject.resourceType, 'Patient');
  });
  await step('fhirclient: delete', async () => {
    await client.delete(`Patient/${made.id}`);
    await assert.rejects(client.request(`Patient/${made.id}`));
  });
}

async function medplum() {
  const client = new MedplumClient({ baseUrl: base.replace(/fhir$/, ''), fhirUrlPath: 'fhir/', fetch });
  let made;
  await step('@medplum/core: create and read', async () => {
    made = await client.createResource(person('medplum', { active: true }));
    assert.equal((await client.readResource('Patient', made.id)).active, true);
  });
  await step('@medplum/core: create unless it is there', async () => {
    const again = await client.createResourceIfNoneExist(person('medplum'), 'identifier=urn:clients|medplum');
    assert.equal(again.id, made.id);
  });
  await step('@medplum/core: update', async () => assert.equal((await client.updateResource({ ...made, gender: 'female' })).gender, 'female'));
  await step('@medplum/core: patch', async () => {
    const changed = await client.patchResource('Patient', made.id, [{ op: 'replace', path: '/gender', value: 'male' }]);
    assert.equal(changed.gender, 'male');
  });
  await step('@medplum/core: search', async () => {
    const found = await client.searchResources('Patient', 'gender=other&_count=100', { cache: 'reload' });
    assert.equal(found.length, 7);
  });
  await step('@medplum/core: batch', async () => {
    const answer = await client.executeBatch(bundle('batch', { request: { method: 'GET', url: `Patient/${made.id}` } }));
    assert.equal(answer.entry[0].resource.id, made.id);
  });
  await step('@medplum/core: GraphQL', async () => {
    const answer = await client.graphql(`{ Patient(id: "${made.id}") { id gender } }`);
    assert.equal(answer.data.Patient.gender, 'male');
  });
  await step('@medplum/core: history and delete', async () => {
    assert.equal((await client.readHistory('Patient', made.id)).entry.length, 3);
    await client.deleteResource('Patient', made.id);
  });
}

await kit();
await smart();
await medplum();
console.log(`${done} steps right, ${failures} wrong`);
process.exit(failures ? 1 : 0);
