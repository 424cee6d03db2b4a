#include "exchange/bulk/http_sink.hpp"

#include "exchange/bulk/load_reading.hpp"
#include "fhir/json.hpp"

#include <set>
#include <thread>

namespace huitong::exchange {
namespace {

constexpr std::size_t kEntriesTogether = 200;
constexpr int kBusyTriesMax = 20; ///< each waits what the hub asks for, at least a second

void append_entry(std::string& bundle, const std::string& resource, const interaction::Entry& entry) {
    if (!bundle.empty()) bundle += ',';
    bundle += "{\"resource\":" + resource + ",\"request\":{\"method\":\"" + entry.method + "\",\"url\":\"" + entry.url + "\"}}";
}

std::string wrap(const std::string& entries) {
    return "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" + entries + "]}";
}

/// Leading rule and place of an OperationOutcome's first error, as an issue of ours.
Outcome read_refusal(const HttpAnswer& answer) {
    auto parsed = fhir::read_json(answer.body);
    std::string rule;
    if (!parsed.issues.has_errors()) {
        for (const auto issue : parsed.value->root().children("issue")) {
            if (rule.empty()) rule = issue.text("details.coding.code");
        }
    }
    return error(IssueCode::processing, "", "load-hub-refused", {std::to_string(answer.status), rule.empty() ? "-" : rule});
}

/// A batch is answered with 200 whatever became of its entries: those that were refused, by their place.
Outcome read_batch_refusals(const std::string& body) {
    Outcome out;
    if (body.find("batch-response") == body.npos) return out;
    const auto parsed = fhir::read_json(body);
    std::size_t index = 0;
    for (const auto entry : parsed.value->root().children("entry")) {
        const auto status = entry.text("response.status");
        if (status.starts_with('4') || status.starts_with('5'))
            out.add(error(IssueCode::processing, "Bundle.entry[" + std::to_string(index) + "]", "load-hub-refused",
                          {std::string(status.substr(0, 3)), std::string(entry.text("response.outcome.issue.details.coding.code"))}));
        ++index;
    }
    return out;
}

} // namespace

/// One POST: a bundle of a file, or resources that travel together.
struct HttpSink::Posting {
    std::string body, file;
    std::uint32_t line = 0;
    std::size_t documents = 1, resources = 0;
    std::vector<LoadItem> together; ///< the resources, to be sent one by one when they are refused
    Outcome issues;                 ///< of the last try
    bool is_done = false;
};

struct HttpSink::Postings final : PreparedPiece {
    std::vector<Posting> list;
};

HttpSink::HttpSink(const interaction::Services& services, HubTarget target)
    : services_(services), limits_(*services.limits), target_(std::move(target)) {
    limits_.bundle_entries_max = ~std::uint32_t{0};
    services_.limits = &limits_;
    while (target_.url.ends_with('/')) target_.url.pop_back();
}

HttpSink::~HttpSink() = default;

std::unique_ptr<HttpClient> HttpSink::take_client() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<HttpClient>(target_.http);
    auto client = std::move(idle_.back());
    idle_.pop_back();
    return client;
}

void HttpSink::post(Posting& posting) {
    auto client = take_client();
    HttpCall call;
    call.url = target_.url;
    call.content_type = "application/fhir+json";
    call.headers.emplace_back("Prefer", "return=minimal");
    call.headers.emplace_back("Accept", "application/fhir+json");
    if (!target_.token.empty()) call.headers.emplace_back("Authorization", "Bearer " + target_.token);
    call.body = std::move(posting.body);
    for (int tries = 1;; ++tries) {
        const auto answer = client->send(call, {});
        if (answer && answer->status == 503 && tries < kBusyTriesMax) {
            std::this_thread::sleep_for(std::chrono::seconds(std::max(1U, answer->retry_after_s)));
            continue;
        }
        posting.is_done = answer && answer->status == 200;
        if (!answer) posting.issues = answer.error();
        else if (answer->status == 401 || answer->status == 403)
            posting.issues = error(IssueCode::login, "", "exchange-unauthorized", {target_.url, std::to_string(answer->status)});
        else posting.issues = answer->status == 200 ? read_batch_refusals(answer->body) : read_refusal(*answer);
        break;
    }
    posting.body = std::move(call.body);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(client));
}

void HttpSink::prepare(LoadPiece& piece) {
    auto postings = std::make_unique<Postings>();
    Posting together;
    together.documents = 0;
    std::set<std::string> written;
    const auto end_together = [&] {
        if (together.documents == 0) return;
        together.body = wrap(together.body);
        postings->list.push_back(std::move(together));
        together = Posting();
        together.documents = 0;
        written.clear();
    };
    for (auto& item : piece.items) {
        if (item.issues.has_errors()) continue;
        const auto read = read_document(services_, item.document.text);
        if (!read) {
            item.issues = read.error();
            continue;
        }
        const bool is_bundle = read->is_transaction || read->groups.size() != 1 || read->groups[0].size() != 1;
        if (is_bundle) {
            end_together();
            Posting posting;
            const auto type = read->tree->root().text("type");
            if (type == "transaction" || type == "batch") {
                posting.body = std::move(item.document.text);
            } else {
                for (const auto& entry : read->groups.front()) append_entry(posting.body, fhir::write_json(entry.resource), entry);
                posting.body = wrap(posting.body);
            }
            posting.file = item.file;
            posting.line = item.document.line;
            posting.resources = read->resources;
            postings->list.push_back(std::move(posting));
            continue;
        }
        const auto& entry = read->groups[0][0];
        if (together.documents >= kEntriesTogether || (entry.method == "PUT" && written.contains(entry.url))) end_together();
        written.insert(entry.url);
        append_entry(together.body, item.document.text, entry);
        ++together.documents;
        ++together.resources;
        LoadItem one;
        one.file = item.file;
        one.document = std::move(item.document);
        together.together.push_back(std::move(one));
    }
    end_together();
    for (auto& posting : postings->list) post(posting);
    piece.prepared = std::move(postings);
}

void HttpSink::finish(LoadPiece piece) {
    for (const auto& item : piece.items) {
        if (!item.issues.has_errors()) continue;
        ++counts.refused;
        if (refuse) refuse(item);
    }
    auto* postings = static_cast<Postings*>(piece.prepared.get());
    if (!postings) return;
    for (auto& posting : postings->list) finish_posting(std::move(posting));
}

void HttpSink::finish_posting(Posting posting) {
    if (!posting.is_done && broken_.empty()) {
        // It may have needed what others were still sending. What was refused together is told apart one by one.
        if (posting.together.size() > 1) {
            for (auto& item : posting.together) {
                const auto read = read_document(services_, item.document.text);
                Posting one;
                append_entry(one.body, item.document.text, read->groups[0][0]);
                one.body = wrap(one.body);
                one.file = item.file;
                one.line = item.document.line;
                one.resources = 1;
                finish_posting(std::move(one));
            }
            return;
        }
        post(posting);
    }
    if (posting.is_done) {
        counts.documents += posting.documents;
        const auto refused = posting.issues.issues().size();
        counts.resources += posting.resources - refused;
        counts.written += posting.resources - refused;
        counts.refused += refused;
        if (refused == 0) return;
    } else {
        ++counts.refused;
    }
    const auto* leading = posting.issues.leading();
    if (!posting.is_done && leading && leading->rule != "load-hub-refused" && broken_.empty()) broken_ = posting.issues;
    if (!refuse) return;
    LoadItem item;
    item.file = posting.together.empty() ? posting.file : posting.together.front().file;
    item.document.line = posting.together.empty() ? posting.line : posting.together.front().document.line;
    item.issues = std::move(posting.issues);
    refuse(item);
}

} // namespace huitong::exchange
