#include "identity/decision_record.hpp"

#include "fhir/json.hpp"

namespace huitong::identity {
namespace {

constexpr std::string_view kWords[] = {"link", "unlink", "withdraw"};

} // namespace

store::Commit decision_commit(store::Store& store, const search::Registry& registry, const Linked& decided, const std::string& patient_a,
                              const std::string& patient_b, Linker::Saying saying, const std::string& who, const std::string& why,
                              Instant at) {
    const std::string word(kWords[static_cast<std::size_t>(saying)]);
    store::Commit out;
    out.actor = "steward:" + who;
    out.reason = "mpi-" + word;
    out.facts = decided.facts;
    for (const auto& [patient, other] : {std::pair(patient_a, patient_b), std::pair(patient_b, patient_a)}) {
        const auto text = R"({"resourceType":"Provenance","target":[{"reference":)" + fhir::json_text("Patient/" + patient) +
                          R"(}],"recorded":")" + instant_text(at, registry.offset_minutes()) + R"(","reason":[{"text":)" +
                          fhir::json_text(why) + R"(}],"activity":{"coding":[{"system":"urn:huitong:identity-decision","code":)" +
                          fhir::json_text(word) + R"(}]},"agent":[{"who":{"identifier":{"system":"urn:huitong:steward","value":)" +
                          fhir::json_text(who) + R"(}}}],"entity":[{"role":"source","what":{"reference":)" +
                          fhir::json_text("Patient/" + other) + "}}]}";
        const auto parsed = fhir::read_json(text);
        store::Write write;
        write.action = store::Action::create;
        write.key = {"Provenance", store.new_id()};
        auto prepared = search::prepare_body(parsed.value->root(), write.key.id);
        write.body = std::move(prepared.body);
        write.meta_at = prepared.meta_at;
        write.rows = registry.index_rows(parsed.value->root()).value;
        write.rows.patient_id = patient;
        out.writes.push_back(std::move(write));
    }
    return out;
}

} // namespace huitong::identity
