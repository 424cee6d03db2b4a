// The judgement of a publisher: what StrictValidator finds beyond Validator. Source: FHIR R4, Validating Resources, Extensibility, Bundle.
#include "unit/validation/trees.hpp"

#include "validation/strict.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

/// What is found with these further structures; each is a whole StructureDefinition with a differential.
std::string found(const std::string& resource, const std::vector<std::string>& structures = {}, Strictness strictness = {},
                  const std::vector<std::string>& profiles = {}, const std::vector<fhir::DocumentPtr>& others = {}) {
    const auto definitions = fresh_definitions();
    for (const auto& structure : structures) {
        const auto issues = definitions->add_structure(read(structure)->root());
        if (issues.has_errors()) throw std::runtime_error("test structure is not accepted: " + lines(issues));
    }
    for (const auto& other : others) strictness.others.push_back(other->root());
    const StrictValidator validator(definitions, std::make_shared<terminology::Terminology>(definitions));
    Options options;
    options.profiles = profiles;
    const auto document = read(resource);
    return lines(validator.check(document->root(), options, strictness));
}

std::string extension(const std::string& url, const std::string& contexts, const std::string& root = "") {
    return R"({"resourceType":"StructureDefinition","url":")" + url +
           R"(","name":"E","status":"draft","kind":"complex-type","abstract":false,"type":"Extension","derivation":"constraint",)"
           R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","context":[)" +
           contexts + R"(],"differential":{"element":[{"id":"Extension","path":"Extension")" + root +
           R"(},{"id":"Extension.url","path":"Extension.url","fixedUri":")" + url + R"("}]}})";
}

std::string profile(const std::string& type, const std::string& elements) {
    return R"({"resourceType":"StructureDefinition","url":"http://ward.example/p","name":"P","status":"draft","kind":"resource",)"
           R"("abstract":false,"type":")" +
           type + R"(","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" + type +
           R"(","differential":{"element":[)" + elements + "]}}";
}

const std::string kUrl = "http://ward.example/ext";
std::string on(const std::string& place) {
    const auto one = R"("extension":[{"url":")" + kUrl + R"(","valueBoolean":true}])";
    return R"({"resourceType":"Patient",)" + (place.empty() ? one : "\"" + place + "\":[{" + one + "}]") + "}";
}

std::string document_of(const std::string& entries) {
    return R"({"resourceType":"Bundle","type":"document","timestamp":"2026-01-01T00:00:00Z","identifier":{"system":"urn:x","value":"1"},)"
           R"("entry":[)" +
           entries + "]}";
}
std::string composition(const std::string& author) {
    return R"({"fullUrl":"http://h.example/fhir/Composition/c","resource":{"resourceType":"Composition","id":"c","status":"final",)"
           R"("type":{"text":"t"},"date":"2026-01-01","title":"T","author":[{"reference":")" +
           author + R"("}]}})";
}
std::string practitioner(const std::string& full_url) {
    return R"({"fullUrl":")" + full_url + R"(","resource":{"resourceType":"Practitioner","id":"p","active":true}})";
}

std::string response(const std::string& items) {
    return R"({"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://ward.example/q","item":[)" + items +
           "]}";
}
std::string asked(const std::string& items) {
    const auto questionnaire = read(R"({"resourceType":"Questionnaire","url":"http://ward.example/q","status":"draft","item":[
        {"linkId":"smokes","type":"boolean","required":true},
        {"linkId":"packs","type":"integer","required":true,"enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}]},
        {"linkId":"kind","type":"choice","answerOption":[{"valueCoding":{"code":"a"}},{"valueCoding":{"code":"b"}}]}]})");
    return found(response(items), {}, {}, {}, {questionnaire});
}

} // namespace

BOOST_AUTO_TEST_SUITE(strict)

BOOST_AUTO_TEST_CASE(an_unknown_extension_is_an_error_but_not_an_example_one) {
    BOOST_TEST(found(on("")) == "validation-extension-unknown @ Patient.extension[0]");
    auto example = on("");
    example.replace(example.find("ward.example"), 12, "example.org");
    BOOST_TEST(found(example) == "");
    Strictness strictness;
    strictness.example_urls = false;
    BOOST_TEST(found(example, {}, strictness) == "validation-extension-unknown @ Patient.extension[0]");
}

BOOST_AUTO_TEST_CASE(an_extension_stands_where_its_definition_says) {
    const auto in = [](const std::string& type, const std::string& expression) {
        return extension(kUrl, R"({"type":")" + type + R"(","expression":")" + expression + "\"}");
    };
    const std::string wrong = "validation-extension-context @ Patient.name[0].extension[0]";
    BOOST_TEST(found(on("name"), {in("element", "Patient")}) == wrong);
    BOOST_TEST(found(on("name"), {in("element", "Patient.contact.name")}) == wrong);
    BOOST_TEST(found(on("name"), {in("element", "Patient.name")}) == "");
    BOOST_TEST(found(on("name"), {in("element", "HumanName")}) == "");
    BOOST_TEST(found(on("name"), {in("element", "Element")}) == "");
    BOOST_TEST(found(on(""), {in("element", "DomainResource")}) == "");
    BOOST_TEST(found(on("contact"), {in("element", "BackboneElement")}).find("context") == std::string::npos);
    BOOST_TEST(found(on("name"), {in("fhirpath", "Patient.name.where(use = 'old')")}) == wrong);
    BOOST_TEST(found(on("name"), {in("fhirpath", "Patient.name.where(use.empty())")}) == "");
    BOOST_TEST(found(on("name"), {in("extension", "http://ward.example/other")}) == wrong);
}

// An element that is defined by reference to another may hold what that one may, however deep.
BOOST_AUTO_TEST_CASE(an_extension_keeps_the_conditions_of_its_definition) {
    auto conditional = extension(kUrl, R"({"type":"element","expression":"Patient"})");
    conditional.replace(conditional.find("\"context\":"), 0, R"("contextInvariant":["birthDate.exists() and %extension.value = true"],)");
    BOOST_TEST(found(on(""), {conditional}) == "validation-extension-condition @ Patient.extension[0]");
    auto born = on("");
    born.insert(1, R"("birthDate":"2020",)");
    BOOST_TEST(found(born, {conditional}) == "");
}

BOOST_AUTO_TEST_CASE(the_url_of_an_extension_is_absolute_but_for_the_parts_of_one) {
    BOOST_TEST(found(R"({"resourceType":"Patient","extension":[{"url":"part","valueString":"a"}]})") ==
               "validation-extension-url @ Patient.extension[0]");
    BOOST_TEST(
        found(
            R"({"resourceType":"Patient","extension":[{"url":"http://example.org/e","extension":[{"url":"part","valueString":"a"}]}]})") ==
        "");
}

BOOST_AUTO_TEST_CASE(what_a_reference_names_lies_where_the_profile_wants_it) {
    const auto contained =
        profile("Observation", R"({"id":"Observation.subject","path":"Observation.subject","type":[{"code":"Reference",)"
                               R"("targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient"],"aggregation":["contained"]}]})");
    const auto about = [](const std::string& subject) {
        return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":)" + subject +
               R"(,"contained":[{"resourceType":"Patient","id":"p","active":true}],"focus":[{"reference":"#p"}]})";
    };
    BOOST_TEST(found(about(R"({"reference":"#p"})"), {contained}, {}, {"http://ward.example/p"}) == "");
    BOOST_TEST(found(about(R"({"reference":"Patient/1"})"), {contained}, {}, {"http://ward.example/p"}) ==
               "validation-reference-place @ Observation.subject");
    BOOST_TEST(found(about(R"({"reference":"Patient/1","type":"Group"})")) == "validation-reference-type @ Observation.subject");
    BOOST_TEST(found(about(R"({"type":"Practitioner","identifier":{"value":"1"}})")) ==
               "validation-reference-target @ Observation.subject");
}

BOOST_AUTO_TEST_CASE(a_code_is_one_of_its_system_whatever_the_binding) {
    const auto married = [](const std::string& rest) {
        return R"({"resourceType":"Patient","contact":[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",)" +
               rest + "}]}]}]}";
    };
    BOOST_TEST(found(married(R"("code":"M","display":"married")")).find("validation-display") == std::string::npos);
    BOOST_TEST(found(married(R"("code":"M","display":"Bachelor")")).find("validation-display @") != std::string::npos);
    BOOST_TEST(found(married(R"("code":"QQ")")).find("validation-code-unknown @") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(systems_numbers_and_units_are_what_they_say) {
    const auto patient = [](const std::string& member) { return R"({"resourceType":"Patient",)" + member + "}"; };
    BOOST_TEST(found(patient(R"("identifier":[{"system":"mrn","value":"1"}])")) == "validation-system-relative @ Patient.identifier[0]");
    BOOST_TEST(found(patient(R"("identifier":[{"system":"urn:ietf:rfc:3986","value":"1"}])")) ==
               "validation-number-uri @ Patient.identifier[0]");
    BOOST_TEST(found(patient(R"("identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2"}])")) == "");
    BOOST_TEST(found(patient(R"("communication":[{"language":{"coding":[{"system":"http://ward.example/ValueSet/x","code":"a"}]}}])"))
                   .find("validation-system-value-set @ Patient.communication[0].language.coding[0]") != std::string::npos);
    const auto measured = [](const std::string& code) {
        return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":")" +
               code + "\"}}";
    };
    BOOST_TEST(found(measured("mg/dL")) == "");
    BOOST_TEST(found(measured("foo")) == "validation-unit @ Observation.valueQuantity");
}

BOOST_AUTO_TEST_CASE(a_contained_resource_has_an_id_that_no_other_has) {
    const auto about = [](const std::string& contained) {
        return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"#p"},"contained":[)" +
               contained + "]}";
    };
    const std::string one = R"({"resourceType":"Patient","id":"p","active":true})";
    BOOST_TEST(found(about(one)) == "");
    BOOST_TEST(found(about(one + "," + one)) == "validation-contained-id @ Observation.contained[1]");
}

BOOST_AUTO_TEST_CASE(an_extension_of_questions_stands_in_questions_of_questions) {
    const auto hidden = R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-hidden","valueBoolean":true}])";
    std::string item;
    for (int level = 5; level > 0; --level) {
        auto one =
            R"({"linkId":")" + std::to_string(level) + R"(","type":")" + (item.empty() ? "boolean" : "group") + R"(","text":"t",)" + hidden;
        if (!item.empty()) one += R"(,"item":[)" + item + "]";
        item = one + "}";
    }
    BOOST_TEST(found(R"({"resourceType":"Questionnaire","status":"draft","item":[)" + item + "]}") == "");
}

BOOST_AUTO_TEST_CASE(a_modifier_stands_in_modifierExtension) {
    const auto modifier = extension(kUrl, R"({"type":"element","expression":"Patient"})", R"(,"isModifier":true,"isModifierReason":"r")");
    BOOST_TEST(found(on(""), {modifier}) == "validation-extension-modifier @ Patient.extension[0]");
}

BOOST_AUTO_TEST_CASE(a_relative_reference_of_a_document_is_read_against_the_full_url) {
    BOOST_TEST(found(document_of(composition("Practitioner/p") + "," + practitioner("http://h.example/fhir/Practitioner/p"))) == "");
    BOOST_TEST(found(document_of(composition("Practitioner/p") + "," + practitioner("http://other.example/fhir/Practitioner/p"))) ==
               "validation-document-reference @ Bundle.entry[0].resource.author[0]");
}

BOOST_AUTO_TEST_CASE(what_nothing_refers_to_is_no_part_of_a_document) {
    const auto second =
        R"({"fullUrl":"urn:uuid:3a1c1f72-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","active":true}})";
    const auto first = composition("Practitioner/p") + "," + practitioner("http://h.example/fhir/Practitioner/p");
    BOOST_TEST(found(document_of(first + "," + second)) == "validation-document-unreachable @ Bundle.entry[2]");
}

BOOST_AUTO_TEST_CASE(a_full_url_is_absolute) {
    BOOST_TEST(
        found(
            R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"Patient/1","resource":{"resourceType":"Patient","active":true}}]})") ==
        "validation-entry-url-relative @ Bundle.entry[0]");
}

BOOST_AUTO_TEST_CASE(what_a_bundle_calls_by_a_name_of_its_own_is_in_it) {
    const auto bundle = [](const std::string& subject) {
        return R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:3a1c1f72-0000-4000-8000-000000000001",)"
               R"("resource":{"resourceType":"Patient","active":true}},{"fullUrl":"urn:uuid:3a1c1f72-0000-4000-8000-000000000002",)"
               R"("resource":{"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":")" +
               subject + R"("}}}]})";
    };
    BOOST_TEST(found(bundle("urn:uuid:3a1c1f72-0000-4000-8000-000000000001")) == "");
    BOOST_TEST(found(bundle("urn:uuid:3a1c1f72-0000-4000-8000-000000000009")) ==
               "validation-reference-missing @ Bundle.entry[1].resource.subject");
}

BOOST_AUTO_TEST_CASE(something_refers_to_what_is_contained_or_it_refers_out) {
    const auto patient = [](const std::string& contained, const std::string& more) {
        return R"({"resourceType":"Patient","contained":[)" + contained + "]" + more + "}";
    };
    const std::string organization = R"({"resourceType":"Organization","id":"o","name":"n"})";
    BOOST_TEST(found(patient(organization, "")) == "validation-contained-unused @ Patient.contained[0]");
    BOOST_TEST(found(patient(organization, R"(,"managingOrganization":{"reference":"#o"})")) == "");
    BOOST_TEST(found(patient(R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"subject":{"reference":"#"}})",
                             "")) == "");
}

BOOST_AUTO_TEST_CASE(a_binding_counts_by_its_strength) {
    const auto marital = [](const std::string& code) {
        return R"({"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",)"
               R"("code":")" +
               code + R"("}]}})";
    };
    BOOST_TEST(found(marital("M")) == "");
    BOOST_TEST(found(marital("XX")) ==
               "validation-code-unknown @ Patient.maritalStatus.coding[0]; validation-binding-extensible @ Patient.maritalStatus");
    BOOST_TEST(found(R"({"resourceType":"Patient","maritalStatus":{"text":"married"}})") == "");
    BOOST_TEST(found_in(marital("XX")) == ""); // feeds and writes are not told
    BOOST_TEST(found(R"({"resourceType":"Patient","gender":"malee"})") == "validation-binding @ Patient.gender");
}

BOOST_AUTO_TEST_CASE(bounds_of_values_hold_across_units) {
    const auto weight = profile("Observation", R"({"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"Quantity"}],)"
                                               R"("minValueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"kg"}})");
    const auto measured = [](const std::string& value, const std::string& code) {
        return R"({"resourceType":"Observation","status":"final","code":{"text":"w"},"valueQuantity":{"value":)" + value +
               R"(,"system":"http://unitsofmeasure.org","code":")" + code + "\"}}";
    };
    BOOST_TEST(found(measured("999", "g"), {weight}, {}, {"http://ward.example/p"}) == "validation-value-min @ Observation.valueQuantity");
    BOOST_TEST(found(measured("1001", "g"), {weight}, {}, {"http://ward.example/p"}) == "");
    const auto born = profile("Patient", R"({"id":"Patient.birthDate","path":"Patient.birthDate","maxValueDate":"2025-01-01"})");
    BOOST_TEST(found(R"({"resourceType":"Patient","birthDate":"2025-01-02"})", {born}, {}, {"http://ward.example/p"}) ==
               "validation-value-max @ Patient.birthDate");
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_to_what_its_item_says_of_it) {
    const auto core = [](const std::string& name, const std::string& value) {
        return R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/)" + name + "\"," + value + "}]";
    };
    const auto metres = [](const std::string& value, const std::string& unit) {
        return R"("valueQuantity":{"value":)" + value + R"(,"unit":")" + unit + R"(","system":"http://unitsofmeasure.org","code":")" +
               unit + "\"}";
    };
    const auto least =
        R"("extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity",)" + metres("2", "km") + "}]";
    struct Row {
        std::string type, wishes, answer, rule;
    };
    const Row rows[] = {
        {"date", R"("answerOption":[{"valueDate":"2022-01-01"}])", R"("valueDate":"2022-01-01")", ""},
        {"date", R"("answerOption":[{"valueDate":"2022-01-01"}])", R"("valueDate":"2022-01-02")", "option"},
        {"time", R"("answerOption":[{"valueTime":"10:00:00"}])", R"("valueTime":"09:00:00")", "option"},
        {"integer", core("minValue", R"("valueInteger":3)"), R"("valueInteger":3)", ""},
        {"integer", core("minValue", R"("valueInteger":3)"), R"("valueInteger":2)", "validation-value-min"},
        {"date", core("maxValue", R"("valueDate":"2022")"), R"("valueDate":"2023")", "validation-value-max"},
        {"decimal", core("maxDecimalPlaces", R"("valueInteger":2)"), R"("valueDecimal":1.23)", ""},
        {"decimal", core("maxDecimalPlaces", R"("valueInteger":2)"), R"("valueDecimal":1.234)", "places"},
        {"string", core("regex", R"("valueString":"[a-z]+")"), R"("valueString":"abc")", ""},
        {"string", core("regex", R"("valueString":"[a-z]+")"), R"("valueString":"abc1")", "form"},
        {"string", core("minLength", R"("valueInteger":3)"), R"("valueString":"咳嗽")", "short"},
        {"string", R"("maxLength":2)", R"("valueString":"咳嗽")", ""}, // characters, not bytes
        {"string", R"("maxLength":2)", R"("valueString":"不咳嗽")", "validation-length"},
        {"quantity", least, metres("3", "km"), ""},
        {"quantity", least, metres("500", "m"), "validation-value-min"},
        {"quantity", least, metres("500", "kg"), "incomparable"},
        {"quantity", core("questionnaire-unitOption", R"("valueCoding":{"system":"http://unitsofmeasure.org","code":"m"})"),
         metres("3", "m"), ""},
        {"quantity", core("questionnaire-unitOption", R"("valueCoding":{"system":"http://unitsofmeasure.org","code":"m"})"),
         metres("3", "km"), "unit"},
        {"attachment", core("mimeType", R"("valueCode":"image/png")"), R"("valueAttachment":{"contentType":"image/gif","data":"AAAA"})",
         "media"},
        {"attachment", core("maxSize", R"("valueDecimal":2)"), R"("valueAttachment":{"contentType":"image/gif","data":"AAAA"})", "size"},
        {"attachment", R"("repeats":false)", R"("valueAttachment":{"contentType":"image/gif","data":"AAAA","size":4})",
         "validation-attachment-size"},
        {"display", R"("text":"read this")", R"("valueString":"yes")", "group-answer"}};
    for (const auto& row : rows) {
        const auto questionnaire =
            read(R"({"resourceType":"Questionnaire","url":"http://ward.example/q","status":"draft","item":[{"linkId":"a",)"
                 R"("type":")" +
                 row.type + "\"," + row.wishes + "}]}");
        const auto told = found(response(R"({"linkId":"a","answer":[{)" + row.answer + "}]}"), {}, {}, {}, {questionnaire});
        const auto rule = row.rule.empty() || row.rule.starts_with("validation-") ? row.rule : "validation-response-" + row.rule;
        BOOST_TEST_CONTEXT(row.type << ' ' << row.wishes << ' ' << row.answer) { BOOST_TEST(told.substr(0, told.find(" @")) == rule); }
    }
}

BOOST_AUTO_TEST_CASE(conditions_of_a_questionnaire_look_at_questions_outside_the_item) {
    const auto with = [](const std::string& question) {
        return R"({"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"g","type":"group","enableWhen":[{"question":")" +
               question +
               R"(","operator":"exists","answerBoolean":true}],"item":[{"linkId":"inner","type":"boolean"}]},)"
               R"({"linkId":"other","type":"boolean"}]})";
    };
    BOOST_TEST(found(with("inner")) == "validation-question-inner @ Questionnaire.item[0].enableWhen[0]");
    BOOST_TEST(found(with("nowhere")) == "validation-question-unknown @ Questionnaire.item[0].enableWhen[0]");
    BOOST_TEST(found(with("other")) == "");
}

BOOST_AUTO_TEST_CASE(a_response_answers_what_is_asked) {
    const std::string no = R"({"linkId":"smokes","answer":[{"valueBoolean":false}]})";
    const std::string yes = R"({"linkId":"smokes","answer":[{"valueBoolean":true}]})";
    const std::string packs = R"({"linkId":"packs","answer":[{"valueInteger":2}]})";
    BOOST_TEST(asked(no) == "");
    BOOST_TEST(asked(yes + "," + packs) == "");
    BOOST_TEST(asked(yes) == "validation-response-required @ QuestionnaireResponse");
    BOOST_TEST(asked(no + "," + packs) == "validation-response-disabled @ QuestionnaireResponse.item[1]");
    BOOST_TEST(asked(no + R"(,{"linkId":"nobody","answer":[{"valueString":"x"}]})") ==
               "validation-response-unknown @ QuestionnaireResponse.item[1]");
    BOOST_TEST(asked(R"({"linkId":"smokes","answer":[{"valueString":"no"}]})") ==
               "validation-response-type @ QuestionnaireResponse.item[0].answer[0].valueString");
    BOOST_TEST(asked(no + R"(,{"linkId":"kind","answer":[{"valueCoding":{"code":"z"}}]})") ==
               "validation-response-option @ QuestionnaireResponse.item[1].answer[0].valueCoding");
}

BOOST_AUTO_TEST_CASE(answers_stand_in_the_order_and_number_that_is_asked) {
    const auto questionnaire = read(R"({"resourceType":"Questionnaire","url":"http://ward.example/q","status":"draft","item":[
        {"linkId":"a","type":"string"},
        {"linkId":"b","type":"string","repeats":true,"extension":[
            {"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs","valueInteger":2},
            {"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs","valueInteger":3}]}]})");
    const auto answered = [&](const std::string& items) { return found(response(items), {}, {}, {}, {questionnaire}); };
    const auto item = [](const std::string& link, int times) {
        std::string answers;
        for (int i = 0; i < times; ++i) answers += std::string(i > 0 ? "," : "") + R"({"valueString":"x"})";
        return R"({"linkId":")" + link + R"(","answer":[)" + answers + "]}";
    };
    BOOST_TEST(answered(item("a", 1) + "," + item("b", 2)) == "");
    BOOST_TEST(answered(item("b", 2) + "," + item("a", 1)) == "validation-response-order @ QuestionnaireResponse.item[1]");
    BOOST_TEST(answered(item("b", 1)) == "validation-response-few @ QuestionnaireResponse.item[0]");
    BOOST_TEST(answered(item("b", 4)) == "validation-response-many @ QuestionnaireResponse.item[0]");
}

BOOST_AUTO_TEST_CASE(an_answer_is_of_the_contained_value_set) {
    const auto questionnaire = read(R"({"resourceType":"Questionnaire","url":"http://ward.example/q","status":"draft",
        "contained":[{"resourceType":"ValueSet","id":"v","status":"draft","compose":{"include":[{"system":"urn:s","concept":[{"code":"a"}]}]}}],
        "item":[{"linkId":"a","type":"choice","answerValueSet":"#v"}]})");
    const auto answered = [&](const std::string& code) {
        return found(response(R"({"linkId":"a","answer":[{"valueCoding":{"system":"urn:s","code":")" + code + "\"}}]}"), {}, {}, {},
                     {questionnaire});
    };
    BOOST_TEST(answered("a") == "");
    BOOST_TEST(answered("b") == "validation-response-option @ QuestionnaireResponse.item[0].answer[0].valueCoding");
}

BOOST_AUTO_TEST_CASE(text_that_looks_like_html_is_told_when_asked_for) {
    Strictness strictness;
    strictness.plain_text = true;
    const auto named = [](const std::string& text) { return R"({"resourceType":"Patient","name":[{"text":")" + text + R"("}]})"; };
    BOOST_TEST(found(named("a<b>c"), {}, strictness) == "validation-html-text @ Patient.name[0].text");
    BOOST_TEST(found(named("a < b > c, <5"), {}, strictness) == "");
    BOOST_TEST(found(named("a<b>c")) == "");
}

BOOST_AUTO_TEST_CASE(links_and_entities_of_a_narrative_lead_somewhere) {
    const auto with = [](const std::string& body) {
        return R"({"resourceType":"Patient","id":"x","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>)" +
               body + R"(</div>"},"active":true})";
    };
    BOOST_TEST(found(with("<a href='#gone'>see</a>")) == "validation-narrative-link @ Patient.text.div");
    BOOST_TEST(found(with("<a href='#here'>see</a><p id='here'>it</p>")) == "");
    BOOST_TEST(found(with("&reg; text")) == "validation-narrative-entity @ Patient.text.div");
    BOOST_TEST(found(with("&amp; text")) == "");
}

BOOST_AUTO_TEST_CASE(what_defines_something_is_checked_too) {
    BOOST_TEST(found(R"({"resourceType":"SearchParameter","url":"http://ward.example/s","name":"s","status":"draft","description":"d",)"
                     R"("code":"s","base":["Patient"],"type":"string","expression":"Organization.name"})") ==
               "validation-expression-base @ SearchParameter");
    const auto differing = profile("Patient", R"({"id":"Patient.nothing","path":"Patient.nothing","min":1})");
    BOOST_TEST(found(differing) == "structure-differential @ StructureDefinition.differential");
}

BOOST_AUTO_TEST_CASE(a_value_set_that_imports_itself_is_named) {
    const auto set = [](const std::string& imported) {
        return R"({"resourceType":"ValueSet","url":"http://ward.example/vs","status":"draft","compose":{"include":[{"valueSet":[")" +
               imported + R"("]}]}})";
    };
    BOOST_TEST(found(set("http://ward.example/vs")).find("value-set-depth") != std::string::npos);
    BOOST_TEST(found(set("http://ward.example/vs|1")).find("value-set-depth") != std::string::npos);
    BOOST_TEST(found(set("http://ward.example/other")).find("value-set-depth") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
