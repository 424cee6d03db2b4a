/// Doors of recognition over a hub with the story of scenario 1, called as the server calls them; clients have tokens.
#pragma once

#include "base/sha256.hpp"
#include "base/url_query.hpp"
#include "rest/card/card_door.hpp"
#include "rest/cds/cds_door.hpp"
#include "rest/recognition/recognition_door.hpp"
#include "support/recognition_hub.hpp"

#include <map>

namespace huitong::tests {

class Doors : public RecognitionHub {
public:
    explicit Doors(recognition::Settings settings = {})
        : RecognitionHub(kAsked, std::move(settings)),
          log_folder_(std::filesystem::temp_directory_path() / ("huitong-access-" + std::to_string(std::random_device{}()))),
          tokens_({client("his-a", kHospitalA), client("his-b", kHospitalB), client("his-t", kTownship), client("platform", ""),
                   client("reader", kHospitalB, {"system/*.rs"}), client("blind", kHospitalB, {"recognition"}),
                   client("viewer", kTownship, {"recognition-viewer"})},
                  clock, "http://hub.example/auth/token"),
          log_(audit::AccessLog::open(log_folder_.string()).value()), reception_(&tokens_, log_.get(), clock, false),
          image_links_(clock, "http://hub.example", "https://viewer.example/open?code={code}"), images_(image_links_, reception_),
          card_(*service, reception_, image_links_, clock, {"http://hub.example", {"https://his-b.example"}}) {
        put_people(*this);
        put_report(story_report());
    }
    ~Doors() {
        log_.reset();
        std::filesystem::remove_all(log_folder_);
    }

    rest::HttpResponse send(const std::string& client_id, const std::string& method, const std::string& target,
                            const std::string& body = "", std::map<std::string, std::string> headers = {}) {
        rest::HttpRequest request;
        request.method = method;
        const auto question = target.find('?');
        request.path = target.substr(0, question);
        if (question != target.npos) request.query = huitong::read_url_query(target.substr(question + 1));
        for (auto& [name, value] : headers) request.headers.emplace_back(name, value);
        if (!client_id.empty()) request.headers.emplace_back("authorization", "Bearer " + token(client_id));
        request.body = body;
        request.peer_address = "192.0.2.7";
        rest::CdsDoor cds(*service, reception_, image_links_);
        rest::RecognitionDoor api(*service, reception_);
        if (request.path.starts_with("/cds-services")) return run(cds.answer(std::move(request)));
        for (const auto* place : {"/recognition/launch", "/recognition/card"}) {
            if (request.path.starts_with(place)) return run(card_.answer(std::move(request)));
        }
        if (request.path.starts_with("/recognition/images")) return run(images_.answer(std::move(request)));
        return run(api.answer(std::move(request)));
    }
    static fhir::DocumentPtr json(const rest::HttpResponse& response) {
        auto parsed = fhir::read_plain_json(response.body);
        if (parsed.issues.has_errors()) throw std::runtime_error("no JSON: " + response.body);
        return parsed.value;
    }
    /// Records of the access log, oldest first.
    std::vector<audit::AccessRecord> records() const {
        std::vector<audit::AccessRecord> out;
        (void)log_->journal().walk(0, [&](const JournalRecord& record) {
            if (auto read = audit::read_record(record.payload)) out.push_back(std::move(*read));
            return true;
        });
        return out;
    }
    /// A hook call for one draft order of B.
    static std::string hook(const std::string& code, const std::string& visit_class = "AMB", const std::string& name = "order-sign") {
        return R"({"hook":")" + name +
               R"(","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/1023","patientId":"778899","encounterId":"v1","selections":["ServiceRequest/draft-1"],"draftOrders":{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"coding":[{"system":"urn:huitong:organization:341004H0009:order-item","code":")" +
               code +
               R"("}]},"subject":{"reference":"Patient/778899"},"authoredOn":"2026-11-21T09:19:00+08:00"}}]}},"prefetch":{"patient":{"resourceType":"Patient","id":"778899","identifier":[{"system":"urn:huitong:organization:341004H0009:patient","value":"778899"}]},"encounter":{"resourceType":"Encounter","id":"v1","status":"in-progress","class":{"code":")" +
               visit_class + R"("},"serviceType":{"text":"内科门诊"}},"nothing":null}})";
    }

    access::Tokens& tokens() { return tokens_; }

private:
    static access::Client client(const std::string& id, const std::string& organization,
                                 std::vector<std::string> scopes = {"recognition", "system/*.rs"}) {
        access::Client out;
        out.id = id;
        out.organization = organization;
        out.secret_sha256 = sha256_hex("secret");
        out.scopes = std::move(scopes);
        return out;
    }
    std::string token(const std::string& client_id) {
        access::TokenRequest request;
        request.grant_type = "client_credentials";
        request.client_id = client_id;
        request.client_secret = "secret";
        return tokens_.issue(request).value().access_token;
    }

    std::filesystem::path log_folder_;
    access::Tokens tokens_;
    std::unique_ptr<audit::AccessLog> log_;
    rest::Reception reception_;
    rest::ImageLinks image_links_;
    rest::ImagesDoor images_;
    rest::CardDoor card_;
};

} // namespace huitong::tests
