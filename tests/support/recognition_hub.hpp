/// A hub for tests of recognition: a real store in a fresh folder, the shipped terminology and register, a clock that stands still, and
/// resources of the shape of the shared record (fhir-profiles/shared-record.md).
#pragma once

#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "recognition/service.hpp"
#include "support/files.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <random>
#include <set>
#include <sstream>

namespace huitong::tests {

constexpr auto kHospitalA = "341002H0001";
constexpr auto kHospitalB = "341004H0009";
constexpr auto kTownship = "341021H0101";
constexpr auto kLabX = "341003L0001";
constexpr auto kHangzhou = "330106H0001";
constexpr auto kNumber = "990102195603140724"; ///< 王秀英; the region code belongs to nobody

inline Instant at(const std::string& text) {
    const auto value = read_date_time(text);
    if (!value) throw std::runtime_error("bad instant " + text);
    return instants_of(*value, 480).first;
}

inline std::shared_ptr<const fhir::Definitions> shared_definitions() {
    static const std::shared_ptr<const fhir::Definitions> loaded =
        fhir::Definitions::load_pack(fhir::Definitions::default_pack_file()).value();
    return loaded;
}

inline const search::Registry& shared_registry() {
    static search::Registry registry(shared_definitions());
    static const bool named = (registry.set_base_url("http://hub.example/fhir"), true);
    (void)named;
    return registry;
}

inline const terminology::Terminology& shared_terminology() {
    static const auto made = [] {
        auto out = std::make_unique<terminology::Terminology>(shared_definitions());
        for (const auto* folder : {"terminology/systems", "terminology/maps"}) {
            if (out->load_directory((source_folder() / folder).string()).has_errors()) throw std::runtime_error("bad terminology");
        }
        return out;
    }();
    return *made;
}

/// One value of a laboratory.
struct Value {
    std::string code, loinc, name, number, unit, ucum, range;
    std::string flag = "N";
};

struct ReportText {
    std::string number, patient;                                ///< "JY20261120001"; Patient id
    std::string reporting = kHospitalA, performer = kHospitalA; ///< institutions
    std::string status = "final", collected, issued, mark;
    std::string specimen = "BLD";
    std::vector<Value> values;
    bool lists_results = true; ///< false: the results alone name their report
    std::vector<std::string> labels;
};

inline const std::vector<Value>& blood_count() {
    static const std::vector<Value> values = {{"WBC", "6690-2", "白细胞计数", "6.8", "10^9/L", "10*9/L", "3.5-9.5"},
                                              {"RBC", "789-8", "红细胞计数", "4.21", "10^12/L", "10*12/L", "3.8-5.1"},
                                              {"HGB", "718-7", "血红蛋白", "126", "g/L", "g/L", "115-150"},
                                              {"PLT", "777-3", "血小板计数", "215", "10^9/L", "10*9/L", "125-350"},
                                              {"HCT", "4544-3", "红细胞压积", "38.2", "%", "%", "35-45"}};
    return values;
}

class RecognitionHub {
public:
    explicit RecognitionHub(const std::string& now, recognition::Settings settings = {})
        : clock(at(now)), settings_(std::move(settings)),
          folder_(std::filesystem::temp_directory_path() / ("huitong-recognition-" + std::to_string(std::random_device{}()))) {
        auto loaded = recognition::Register::load((source_folder() / "terminology/recognition").string());
        if (!loaded.issues.empty()) throw std::runtime_error("the shipped register has issues");
        facts = std::move(loaded.value);
        start();
    }
    ~RecognitionHub() {
        stop();
        std::filesystem::remove_all(folder_);
    }

    void start() {
        store::StoreOptions options;
        options.directory = folder_.string();
        options.clock = &clock;
        store = store::open_store(options).value();
        identity::IdNumberRules rules;
        rules.unassigned_regions = true;
        linker.emplace(*store, rules);
        recognition::Services services;
        services.store = store.get();
        services.registry = &shared_registry();
        services.linker = &*linker;
        services.terminology = &shared_terminology();
        services.clock = &clock;
        services.images = images;
        service = std::make_unique<recognition::Service>(services, std::make_shared<const recognition::Register>(facts), settings_);
    }
    void stop() {
        service.reset();
        linker.reset();
        store.reset();
    }
    void restart() {
        stop();
        start();
    }

    /// Stores a resource under its own id; Patients are linked as the pipeline does it.
    void put(const std::string& json, std::vector<std::string> labels = {}) {
        const auto parsed = fhir::read_json(json);
        if (parsed.issues.has_errors()) throw std::runtime_error("bad resource: " + parsed.issues.leading()->rule + " in " + json);
        const auto root = parsed.value->root();
        store::Write write;
        write.key = {std::string(root.type()), std::string(root.text("id"))};
        auto prepared = search::prepare_body(root, write.key.id);
        write.body = std::move(prepared.body);
        write.meta_at = prepared.meta_at;
        write.rows = shared_registry().index_rows(root).value;
        write.labels = std::move(labels);
        write.owner = writer;
        if (root.type() == "Patient") {
            for (auto& fact : linker->link(write.key.id, root).value().facts) waiting_.facts.push_back(std::move(fact));
        }
        waiting_.writes.push_back(std::move(write));
        if (waiting_.writes.size() >= commit_size_) flush();
    }
    /// From now on so many resources make one commit; `flush` writes the rest.
    void set_commit_size(std::size_t size) { commit_size_ = size; }
    void flush() {
        if (waiting_.writes.empty()) return;
        waiting_.actor = "test";
        auto commit = std::move(waiting_);
        waiting_ = {};
        if (!store->commit_and_wait(std::move(commit))) throw std::runtime_error("not stored");
    }

    void put_patient(const std::string& id, const std::string& institution, const std::string& number, const std::string& citizen = kNumber,
                     const std::string& name = "王秀英", const std::string& born = "1956-03-14") {
        put(R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"system":"urn:huitong:organization:)" + institution +
            R"(:patient","value":")" + number + R"("},{"system":"urn:oid:2.16.156.10011.1.3","value":")" + citizen +
            R"("}],"name":[{"use":"official","text":")" + name + R"("}],"gender":"female","birthDate":")" + born +
            R"(","managingOrganization":)" + organization(institution) + "}");
    }

    /// Specimen, one Observation a value (id "<number>.<code>"), DiagnosticReport (id "<number>").
    void put_report(const ReportText& report) {
        const auto system = "urn:huitong:organization:" + report.reporting;
        put(R"({"resourceType":"Specimen","id":"S)" + report.number +
            R"(","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":")" + report.specimen +
            R"("}]},"subject":{"reference":"Patient/)" + report.patient + R"("},"collection":{"collectedDateTime":")" + report.collected +
            R"("}})");
        std::string results;
        for (const auto& value : report.values) {
            put_value(report, value, system);
            results += (results.empty() ? "" : ",") + (R"({"reference":"Observation/)" + report.number + '.' + value.code + R"("})");
        }
        const auto mark =
            report.mark.empty()
                ? std::string()
                : R"("extension":[{"url":"https://huitong.example/fhir/StructureDefinition/claimed-recognition-mark","valueString":")" +
                      report.mark + R"("}],)";
        put(R"({"resourceType":"DiagnosticReport","id":")" + report.number + R"(",)" + mark + R"("identifier":[{"system":")" + system +
                R"(:report","value":")" + report.number + R"("}],"status":")" + report.status +
                R"(","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"code":{"text":"检验"},"subject":{"reference":"Patient/)" +
                report.patient + R"("},"effectiveDateTime":")" + report.collected + R"(","issued":")" + report.issued +
                R"(","performer":[)" + organization(report.reporting) + "]" +
                (report.lists_results && !results.empty() ? R"(,"result":[)" + results + "]" : "") +
                R"(,"specimen":[{"reference":"Specimen/S)" + report.number + R"("}]})",
            report.labels);
    }

    /// T's chest CT of the samples, reported by A.
    void put_chest_ct(const std::string& patient, const std::string& started, const std::string& endpoint_status = "active",
                      const std::string& contrast = "false", const std::string& sites = "CHEST", const std::string& reported_for = "") {
        const std::string uid = "urn:oid:2.25.504340215540638559668437662249095615";
        put(R"({"resourceType":"Endpoint","id":"pacs-t","status":")" + endpoint_status +
            R"(","connectionType":{"system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type","code":"dicom-wado-rs"},"payloadType":[{"text":"DICOM"}],"address":"http://127.0.0.1:8042/dicom-web"})");
        std::string series;
        int number = 0;
        for (std::size_t from = 0; from <= sites.size();) {
            const auto end = std::min(sites.find('+', from), sites.size());
            ++number;
            series += (number == 1 ? "" : ",") +
                      (R"({"uid":"2.25.1.)" + std::to_string(number) +
                       R"(","modality":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"},"bodySite":{"code":")" +
                       sites.substr(from, end - from) +
                       R"("},"extension":[{"url":"https://huitong.example/fhir/StructureDefinition/contrast","valueBoolean":)" + contrast +
                       "}]}");
            from = end + 1;
        }
        put(R"({"resourceType":"ImagingStudy","id":"ct1","extension":[{"url":"https://huitong.example/fhir/StructureDefinition/performing-organization","valueReference":)" +
            organization(kTownship) + R"(}],"identifier":[{"system":"urn:dicom:uid","value":")" + uid +
            R"("}],"status":"available","modality":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"}],"subject":{"reference":"Patient/)" +
            patient + R"("},"started":")" + started + R"(","endpoint":[{"reference":"Endpoint/pacs-t"}],"series":[)" + series + "]}");
        put(R"({"resourceType":"DiagnosticReport","id":"CT20261118001","identifier":[{"system":"urn:huitong:organization:341002H0001:report","value":"CT20261118001"}],"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"RAD"}]}],"code":{"coding":[{"system":"urn:huitong:organization:341002H0001:order-item","code":"CTXB-A","display":"胸部CT平扫"},{"system":"urn:huitong:catalogue:item","code":"CT-CHEST"}]},"subject":{"reference":"Patient/)" +
            (reported_for.empty() ? patient : reported_for) + R"("},"effectiveDateTime":")" + started +
            R"(","issued":"2026-11-18T16:05:00+08:00","performer":[)" + organization(kHospitalA) +
            R"(],"imagingStudy":[{"identifier":{"system":"urn:dicom:uid","value":")" + uid +
            R"("}}],"conclusion":"诊断意见：两肺未见明显异常。"})");
    }

    /// Runs a coroutine to its end.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::optional<T> out;
        boost::asio::io_context io;
        std::exception_ptr failure;
        auto body = [](boost::asio::awaitable<T> inner, std::optional<T>& result) -> boost::asio::awaitable<void> {
            result.emplace(co_await std::move(inner));
        };
        boost::asio::co_spawn(io, body(std::move(work), out), [&](std::exception_ptr thrown) { failure = thrown; });
        io.run();
        if (failure) std::rethrow_exception(failure);
        return std::move(*out);
    }
    /// Follows the store to its end.
    void follow() {
        for (auto more = service->step(); more.value(); more = service->step()) {}
    }

    static access::Caller caller(const std::string& organization) {
        access::Caller out;
        out.client_id = "his-" + organization;
        out.organization = organization;
        out.scopes = {"recognition", "system/*.rs"};
        return out;
    }
    /// One order of the receiver's own list.
    static recognition::Question question(const std::string& receiver, const std::string& code, const std::string& visit_class = "AMB") {
        recognition::Question out;
        out.patient.identifiers = {{"urn:oid:2.16.156.10011.1.3", kNumber}};
        out.receiver = receiver;
        out.department = "内科门诊";
        out.practitioner = "1023";
        out.visit_class = visit_class;
        out.instance = "hook-1";
        out.channel = "test";
        recognition::Order order;
        order.id = "ServiceRequest/draft-1";
        order.codes.emplace_back();
        order.codes.back().code = code;
        out.orders.push_back(order);
        return out;
    }
    recognition::Advice ask(const recognition::Question& question) { return run(service->ask(caller(question.receiver), question)); }

    static std::string organization(const std::string& code) {
        return R"({"reference":"Organization/)" + code + R"(","identifier":{"system":"urn:oid:2.16.156.10011.1.5","value":")" + code +
               R"("}})";
    }

    SetClock clock;
    std::string writer; ///< the institution that writes what is put, "" = the deployment itself
    recognition::Register facts;
    recognition::ImageServices* images = nullptr; ///< for the next start
    std::shared_ptr<store::Store> store;
    std::optional<identity::Linker> linker;
    std::unique_ptr<recognition::Service> service;

private:
    void put_value(const ReportText& report, const Value& value, const std::string& system) {
        std::string loinc; // "14749-6 2345-7": the molar code, then the mass code that the map row names
        std::istringstream codes(value.loinc);
        for (std::string code; codes >> code;) loinc += R"({"system":"http://loinc.org","code":")" + code + R"("},)";
        const auto quantity = value.unit.empty() ? R"("valueString":")" + value.number + "\""
                                                 : R"("valueQuantity":{"value":)" + value.number + R"(,"unit":")" + value.unit +
                                                       R"(","system":"http://unitsofmeasure.org","code":")" + value.ucum + R"("})";
        put(R"({"resourceType":"Observation","id":")" + report.number + '.' + value.code +
                R"(","extension":[{"url":"https://huitong.example/fhir/StructureDefinition/report","valueReference":{"identifier":{"system":")" +
                system + R"(:report","value":")" + report.number + R"("}}}],"identifier":[{"system":")" + system + R"(:result","value":")" +
                report.number + '.' + value.code + R"("}],"status":")" + report.status +
                R"(","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[)" +
                loinc + R"({"system":")" + system + R"(:lab-item","code":")" + value.code + R"(","display":")" + value.name +
                R"("}]},"subject":{"reference":"Patient/)" + report.patient + R"("},"effectiveDateTime":")" + report.collected +
                R"(","issued":")" + report.issued + R"(","performer":[)" + organization(report.performer) + "]," + quantity +
                (value.flag.empty()
                     ? ""
                     : R"(,"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":")" +
                           value.flag + R"("}]}])") +
                (value.range.empty() ? "" : R"(,"referenceRange":[{"text":")" + value.range + R"("}])") +
                R"(,"specimen":{"reference":"Specimen/S)" + report.number + R"("},"device":{"display":"Sysmex XN-1000"}})",
            report.labels);
    }

    recognition::Settings settings_;
    std::filesystem::path folder_;
    store::Commit waiting_;
    std::size_t commit_size_ = 1;
};

/// 王秀英 at A, B and T; A's blood count of 2026-11-20 08:45. Whoever asks, asks on the next day at 09:20.
inline ReportText story_report() {
    ReportText out;
    out.number = "JY20261120001";
    out.patient = "pa";
    out.collected = "2026-11-20T08:45:00+08:00";
    out.issued = "2026-11-20T09:25:00+08:00";
    out.mark = "全国HR";
    out.values = blood_count();
    return out;
}
constexpr auto kAsked = "2026-11-21T09:20:00+08:00";
inline void put_people(RecognitionHub& hub) {
    hub.put_patient("pa", kHospitalA, "0001234567");
    hub.put_patient("pb", kHospitalB, "778899");
    hub.put_patient("pt", kTownship, "T20001");
}

} // namespace huitong::tests
