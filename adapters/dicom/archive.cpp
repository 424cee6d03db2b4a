#include "adapters/dicom/archive.hpp"

#include "adapters/dicom/study.hpp"
#include "adapters/drop/mark_file.hpp"
#include "base/base64.hpp"
#include "base/date_time.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <fmt/core.h>

#include <charconv>
#include <deque>
#include <map>

namespace huitong::adapters::dicom {
namespace {

/// What both ways share: calls with our login, and the metadata of one study.
class Archive {
public:
    Archive(ArchiveSettings settings, AskWeb ask, const Limits& limits, const Clock& clock)
        : settings_(std::move(settings)), ask_(std::move(ask)), limits_(limits), clock_(clock) {
        for (auto* address : {&settings_.dicomweb, &settings_.orthanc}) {
            while (address->ends_with('/')) address->pop_back();
        }
    }

    const ArchiveSettings& settings() const { return settings_; }
    Instant now() const { return clock_.now(); }

    /// The body of a 200; "" of a 204 or, where `may_be_gone`, a 404.
    Result<std::string> get(const std::string& url, const std::stop_token& stop, bool may_be_gone = false) const {
        WebHeaders headers{{"Accept", url.starts_with(settings_.dicomweb) ? "application/dicom+json" : "application/json"}};
        if (!settings_.user.empty()) {
            const auto login = settings_.user + ':' + drop::read_secret(settings_.password_file);
            headers.emplace_back("Authorization", "Basic " + encode_base64(login));
        }
        auto answer = ask_(url, headers, stop);
        if (!answer) return answer.error();
        if (answer->status == 200) return std::move(answer->body);
        if (answer->status == 204 || (may_be_gone && answer->status == 404)) return std::string();
        const auto status = std::to_string(answer->status);
        if (answer->status == 401 || answer->status == 403) return Outcome(error(IssueCode::login, "", "dicom-archive-login", {status}));
        if (answer->status == 404) return Outcome(error(IssueCode::not_found, "", "dicom-archive-path", {status}));
        return Outcome(error(IssueCode::processing, "", "dicom-archive-status", {status}));
    }

    /// The same as a tree; what is an array becomes the member `list`.
    Result<fhir::DocumentPtr> json_of(const std::string& url, const std::stop_token& stop, bool may_be_gone = false) const {
        auto body = get(url, stop, may_be_gone);
        if (!body) return body.error();
        if (body->empty()) return fhir::read_plain_json("{}").value;
        auto read = fhir::read_plain_json(body->starts_with('[') ? "{\"list\":" + *body + "}" : *body);
        if (read.issues.has_errors()) return Outcome(error(IssueCode::structure, "", "dicom-archive-answer"));
        return read.value;
    }

    /// One message, none when the study is gone.
    Result<drop::Contents> study(const std::string& uid, const std::stop_token& stop) const {
        auto body = get(settings_.dicomweb + "/studies/" + uid + "/metadata", stop, true);
        if (!body) return body.error();
        if (body->empty()) return drop::Contents();
        return split_studies({uid + ".json", uid, with_address(std::move(*body), uid)}, settings_.source, limits_, clock_.now());
    }

private:
    /// Where the study is fetched from, for those who look at its images later: archives leave RetrieveURL out of metadata.
    std::string with_address(std::string body, const std::string& uid) const {
        const auto first = body.find('{');
        if (first == body.npos || body.find("\"00081190\"") != body.npos) return body;
        std::string address = "\"00081190\":{\"vr\":\"UR\",\"Value\":[";
        fhir::write_json_string(settings_.dicomweb + "/studies/" + uid, address);
        return body.insert(first + 1, address + "]},");
    }

    ArchiveSettings settings_;
    AskWeb ask_;
    Limits limits_;
    const Clock& clock_;
};

std::uint64_t number_of(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// A UID goes into an address: digits and points alone.
bool is_uid(std::string_view text) { return !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789.") == text.npos; }

/// Orthanc's own ids go into addresses too.
bool is_orthanc_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == text.npos;
}

/// Studies that the archive lists and does not give: they are set aside, told, and asked for again, so that the others go on.
class SetAside {
public:
    /// True: the study is to blame and is set aside. A line that is down, a login that is refused say nothing of it; a timeout does when
    /// it comes again.
    bool takes(const std::string& id, const Outcome& why, Instant now) {
        const auto* issue = why.leading();
        const bool is_timeout = issue->code == IssueCode::timeout;
        const bool is_of_study = issue->rule == "dicom-archive-status" || issue->rule == "dicom-archive-answer" ||
                                 issue->rule == "dicom-archive-path" || issue->rule == "exchange-answer-bytes";
        timeouts_ = is_timeout && id == timed_out_ ? timeouts_ + 1 : is_timeout ? 1 : 0;
        timed_out_ = id;
        if (!is_of_study && timeouts_ < kTimeoutsMax) return false;
        timeouts_ = 0;
        again_at_[id] = {now.microseconds + kAgainAfter};
        return true;
    }
    void add(const std::string& id) { again_at_.emplace(id, Instant()); }
    void done(const std::string& id) { again_at_.erase(id); }
    bool waits(const std::string& id, Instant now) const {
        const auto found = again_at_.find(id);
        return found != again_at_.end() && now < found->second;
    }
    const std::map<std::string, Instant>& studies() const { return again_at_; }
    Outcome issues() const {
        if (again_at_.empty()) return {};
        return warning(IssueCode::processing, "", "dicom-studies-set-aside", {std::to_string(again_at_.size())});
    }

private:
    static constexpr int kTimeoutsMax = 3;
    static constexpr std::int64_t kAgainAfter = 10 * 60 * kMicrosecondsPerSecond;

    std::map<std::string, Instant> again_at_;
    std::string timed_out_;
    int timeouts_ = 0;
};

/// The lines of a mark.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (end > at) out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

/// Its mark: the number of the last change, then the studies that are set aside, a line each.
class OrthancSource final : public drop::Source {
public:
    explicit OrthancSource(Archive archive) : archive_(std::move(archive)), mark_(archive_.settings().mark_file) {
        auto read = mark_.read();
        mark_issues_ = std::move(read.issues);
        kept_ = std::move(read.value);
        const auto lines = lines_of(kept_);
        if (!lines.empty()) last_ = number_of(lines.front());
        for (std::size_t at = 1; at < lines.size(); ++at) {
            if (is_orthanc_id(lines[at])) aside_.add(lines[at]);
        }
    }

    Result<drop::Haul> fetch(const std::stop_token& stop) override {
        if (stable_.empty()) {
            if (auto issues = look(stop); issues.has_errors()) return issues;
        }
        drop::Haul haul;
        haul.more = more_ || stable_.size() > 1;
        if (!stable_.empty()) {
            const auto id = stable_.front().second;
            auto contents = contents_of(id, stop);
            if (contents) aside_.done(id);
            else if (!aside_.takes(id, contents.error(), archive_.now())) return contents.error();
            if (contents) haul.contents = std::move(*contents);
        }
        haul.contents.issues.add(mark_issues_);
        haul.contents.issues.add(aside_.issues());
        return haul;
    }

    Outcome keep(const drop::Tally&, const std::stop_token&) override {
        const auto behind = stable_.size() > 1 ? stable_.front().first : page_last_;
        auto text = std::to_string(behind) + "\n";
        for (const auto& [id, again_at] : aside_.studies()) text.append(id).append("\n");
        if (text != kept_ && !(kept_.empty() && text == "0\n")) {
            if (auto issues = mark_.keep(text); issues.has_errors()) return issues;
            kept_ = std::move(text);
        }
        last_ = behind;
        if (!stable_.empty()) stable_.pop_front();
        return {};
    }

private:
    static constexpr int kPage = 100;

    /// Nothing of a study that was deleted meanwhile.
    Result<drop::Contents> contents_of(const std::string& id, const std::stop_token& stop) const {
        const auto study = archive_.json_of(archive_.settings().orthanc + "/studies/" + id, stop, true);
        if (!study) return study.error();
        const std::string uid((*study)->root().text("MainDicomTags.StudyInstanceUID"));
        if (!is_uid(uid)) return drop::Contents();
        return archive_.study(uid, stop);
    }

    Outcome look(const std::stop_token& stop) {
        const auto address = archive_.settings().orthanc + "/changes";
        const auto page = archive_.json_of(fmt::format("{}?since={}&limit={}", address, last_, kPage), stop);
        if (!page) return page.error();
        const auto root = (*page)->root();
        page_last_ = std::max(last_, number_of(root.text("Last")));
        more_ = root.text("Done") == "false";
        bool is_empty = true;
        for (const auto change : root.children("Changes")) {
            is_empty = false;
            const auto id = change.text("ID");
            if (change.text("ChangeType") == "StableStudy" && is_orthanc_id(id)) stable_.emplace_back(number_of(change.text("Seq")), id);
        }
        // Behind the page, so that they move no number: those that were set aside and whose time has come.
        for (const auto& [id, again_at] : aside_.studies()) {
            if (!aside_.waits(id, archive_.now())) stable_.emplace_back(page_last_, id);
        }
        return is_empty ? check_sequence(address, stop) : Outcome();
    }

    /// An archive that was set up anew or restored counts from a lower number: everything it has is looked at again.
    Outcome check_sequence(const std::string& address, const std::stop_token& stop) {
        const auto newest = archive_.json_of(address + "?last", stop);
        if (!newest) return newest.error();
        if (number_of((*newest)->root().text("Last")) >= last_) return {};
        last_ = page_last_ = 0;
        more_ = true;
        return {};
    }

    Archive archive_;
    drop::MarkFile mark_;
    Outcome mark_issues_;
    std::string kept_; ///< the mark as it is on the disk
    SetAside aside_;
    std::uint64_t last_ = 0, page_last_ = 0; ///< numbers of changes
    bool more_ = false;
    std::deque<std::pair<std::uint64_t, std::string>> stable_; ///< number of the change and Orthanc's id of the study
};

class QidoSource final : public drop::Source {
public:
    explicit QidoSource(Archive archive) : archive_(std::move(archive)), mark_(archive_.settings().mark_file) {
        auto read = mark_.read();
        mark_issues_ = std::move(read.issues);
        for (const auto& line : lines_of(read.value)) {
            if (const auto space = line.find(' '); space != line.npos) known_[line.substr(0, space)] = line.substr(space + 1);
        }
    }

    Result<drop::Haul> fetch(const std::stop_token& stop) override {
        if (changed_.empty()) {
            if (auto issues = look(stop); issues.has_errors()) return issues;
        }
        drop::Haul haul;
        haul.more = changed_.size() > 1;
        is_aside_ = false;
        if (!changed_.empty()) {
            const auto& uid = changed_.front().first;
            auto contents = archive_.study(uid, stop);
            is_aside_ = !contents;
            if (contents) aside_.done(uid);
            else if (!aside_.takes(uid, contents.error(), archive_.now())) return contents.error();
            if (contents) haul.contents = std::move(*contents);
        }
        haul.contents.issues.add(mark_issues_);
        haul.contents.issues.add(aside_.issues());
        return haul;
    }

    Outcome keep(const drop::Tally&, const std::stop_token&) override {
        if (changed_.empty()) return {};
        if (is_aside_) { // its row is not kept, so that it counts as changed
            changed_.pop_front();
            return {};
        }
        auto known = known_;
        known[changed_.front().first] = changed_.front().second;
        std::erase_if(known, [&](const auto& one) { return !there_.contains(one.first); }); // older than the days that are looked at
        std::string text;
        for (const auto& [uid, digest] : known) text.append(uid).append(" ").append(digest).append("\n");
        if (auto issues = mark_.keep(text); issues.has_errors()) return issues;
        known_ = std::move(known);
        changed_.pop_front();
        return {};
    }

private:
    static constexpr std::size_t kPage = 200, kStudiesMax = 20'000;

    Outcome look(const std::stop_token& stop) {
        there_.clear();
        for (std::size_t offset = 0; offset < kStudiesMax; offset += kPage) {
            const auto page = archive_.json_of(address(offset), stop);
            if (!page) return page.error();
            std::size_t count = 0;
            for (const auto row : (*page)->root().children("list")) {
                ++count;
                add(row);
            }
            if (count < kPage) break;
        }
        for (const auto& [uid, digest] : there_) {
            const auto before = known_.find(uid);
            if (aside_.waits(uid, archive_.now())) continue;
            if (before == known_.end() || before->second != digest) changed_.emplace_back(uid, digest);
        }
        return {};
    }

    void add(fhir::Element row) {
        const auto uid = row.child("0020000D").text("Value");
        const auto span = row.source();
        if (is_uid(uid)) there_[std::string(uid)] = sha256_hex(row.document().text().substr(span.begin, span.end - span.begin));
    }

    std::string address(std::size_t offset) const {
        const auto day = [&](std::int64_t before) {
            const auto date =
                date_time_of({archive_.now().microseconds - before * kMicrosecondsPerDay}, archive_.settings().offset_minutes);
            return fmt::format("{:04}{:02}{:02}", date.year, date.month, date.day);
        };
        return fmt::format("{}/studies?StudyDate={}-{}&includefield=00201208&limit={}&offset={}", archive_.settings().dicomweb,
                           day(archive_.settings().days), day(-1), kPage, offset);
    }

    Archive archive_;
    drop::MarkFile mark_;
    Outcome mark_issues_;
    SetAside aside_;
    bool is_aside_ = false;                            ///< the study in hand
    std::map<std::string, std::string> known_, there_; ///< study → digest of its row: durable, and as listed now
    std::deque<std::pair<std::string, std::string>> changed_;
};

} // namespace

ArchiveSettings read_archive_settings(const feeds::FeedSettings& settings) {
    ArchiveSettings out;
    out.source = settings.name;
    out.dicomweb = settings.setting("dicomweb");
    out.orthanc = settings.setting("orthanc");
    out.user = settings.setting("user");
    out.password_file = settings.setting("password_file");
    out.days = static_cast<int>(std::min(drop::read_number(settings, "days", 3), 3'650U));
    out.offset_minutes = settings.offset_minutes;
    out.mark_file = settings.setting("mark_file");
    return out;
}

std::unique_ptr<drop::Source> make_archive_source(ArchiveSettings settings, AskWeb ask, const Limits& limits, const Clock& clock) {
    const bool is_orthanc = !settings.orthanc.empty();
    Archive archive(std::move(settings), std::move(ask), limits, clock);
    if (is_orthanc) return std::make_unique<OrthancSource>(std::move(archive));
    return std::make_unique<QidoSource>(std::move(archive));
}

Outcome probe_archive(const ArchiveSettings& settings, const AskWeb& ask) {
    const SystemClock clock;
    const Archive archive(settings, ask, {}, clock);
    if (const auto studies = archive.json_of(archive.settings().dicomweb + "/studies?limit=1", {}); !studies) return studies.error();
    if (!settings.orthanc.empty()) {
        if (const auto newest = archive.json_of(archive.settings().orthanc + "/changes?last", {}); !newest) return newest.error();
    }
    return information(IssueCode::informational, "", "dicom-archive-fine", {archive.settings().dicomweb});
}

} // namespace huitong::adapters::dicom
