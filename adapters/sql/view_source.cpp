#include "adapters/sql/view_source.hpp"

#include "adapters/drop/mark_file.hpp"
#include "adapters/sql/watermark.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_set>

namespace huitong::adapters::sql {
namespace {

constexpr std::size_t kPageBytesMax = 32 << 20;      ///< a page of wide rows ends early
constexpr std::size_t kRememberedRowsMax = 200'000;  ///< of one pass; what is beyond, the inbox recognises
constexpr std::int64_t kAheadSeconds = 24 * 60 * 60; ///< servers' zones and clocks differ by less

using Row = std::vector<Cell>;

std::vector<std::string> read_list(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto begin = std::min(text.find_first_not_of(' ', at), end);
        auto name = text.substr(begin, end - begin);
        while (name.ends_with(' ')) name.pop_back();
        if (!name.empty()) out.push_back(std::move(name));
        at = end + 1;
    }
    return out;
}

/// What is missing or no name in the configuration.
Outcome check_settings(const ViewSettings& settings) {
    const auto& names = settings.names;
    std::string wrong;
    if (settings.connection.text.empty()) wrong = "connection";
    else if (!is_plain_name(names.view)) wrong = "view";
    else if (!is_plain_name(names.time_column)) wrong = "time_column";
    else if (names.key_columns.empty() || !std::all_of(names.key_columns.begin(), names.key_columns.end(), is_plain_name))
        wrong = "key_columns";
    else if (!std::all_of(names.columns.begin(), names.columns.end(), is_plain_name)) wrong = "columns";
    if (wrong.empty()) return {};
    return error(IssueCode::invalid, "", "sql-settings", {wrong});
}

Result<std::size_t> find_column(const std::vector<Column>& columns, const std::string& name) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
    if (found == columns.end()) return Outcome(error(IssueCode::not_found, "", "sql-column-missing", {name}));
    return static_cast<std::size_t>(found - columns.begin());
}

/// A connection to one view, with what is known of its columns.
class View {
public:
    /// Issues: those of odbc.hpp; sql-settings, sql-column-missing.
    static Result<std::unique_ptr<View>> open(const ViewSettings& settings, const std::stop_token& stop) {
        if (auto issues = check_settings(settings); issues.has_errors()) return issues;
        auto connection = Connection::open(settings.connection);
        if (!connection) return connection.error();
        auto out = std::make_unique<View>();
        out->names_ = settings.names;
        out->names_.quote = (*connection)->quote_mark();
        out->limit_ = row_limit_of((*connection)->product());
        out->connection_ = std::move(*connection);
        auto described = out->connection_->query(describe_query(out->names_), {}, 0, stop);
        if (!described) return described.error();
        auto columns = described->columns();
        if (!columns) return columns.error();
        if (auto issues = out->find_places(std::move(*columns), settings.patient_columns); issues.has_errors()) return issues;
        return out;
    }

    const Places& places() const { return places_; }

    /// `position`: time and keys of the row, or the time alone, behind which the page begins; empty: at the first row.
    Result<std::vector<Row>> page(const std::vector<std::string>& position, std::size_t rows, const Reading& reading,
                                  const std::stop_token& stop) {
        const auto behind = position.empty() ? Behind::nothing : position.size() == 1 ? Behind::time : Behind::row;
        std::vector<Parameter> parameters;
        for (const auto index : page_parameters(places_.keys.size(), behind)) {
            const auto column = index == 0 ? places_.time : places_.keys[index - 1];
            parameters.push_back({places_.columns[column], position[index]});
        }
        auto statement = connection_->query(page_query(names_, behind, limit_, rows), parameters, rows, stop);
        if (!statement) return statement.error();
        std::vector<Row> out;
        std::size_t bytes = 0;
        while (out.size() < rows && bytes < kPageBytesMax) {
            const auto is_there = statement->next();
            if (!is_there) return is_there.error();
            if (!*is_there) break;
            auto row = read_row(*statement, reading);
            if (!row) return row.error();
            for (const auto& cell : *row) bytes += cell.text.size();
            out.push_back(std::move(*row));
        }
        cut_short_ = bytes >= kPageBytesMax;
        return out;
    }
    bool was_cut_short() const { return cut_short_; }

    /// How many rows no page shows.
    Result<std::string> unseen() {
        auto statement = connection_->query(unseen_query(names_), {}, 0, {});
        if (!statement) return statement.error();
        if (const auto is_there = statement->next(); !is_there) return is_there.error();
        auto cell = statement->cell(1, Reading{Charset::utf8});
        if (!cell) return cell.error();
        return std::move(cell->text);
    }

private:
    Outcome find_places(std::vector<Column> columns, const std::vector<std::string>& patient_columns) {
        Outcome issues;
        const auto find = [&](const std::string& name) {
            const auto found = find_column(columns, name);
            if (!found) issues.add(found.error());
            return found ? *found : 0;
        };
        places_.time = find(names_.time_column);
        for (const auto& key : names_.key_columns) places_.keys.push_back(find(key));
        for (const auto& patient : patient_columns) places_.patients.push_back(find(patient));
        places_.columns = std::move(columns);
        return issues;
    }

    Result<Row> read_row(Statement& statement, const Reading& reading) const {
        Row out;
        for (std::size_t column = 1; column <= places_.columns.size(); ++column) {
            auto cell = statement.cell(column, reading);
            if (!cell) return cell.error();
            out.push_back(std::move(*cell));
        }
        return out;
    }

    ViewNames names_;
    RowLimit limit_ = RowLimit::none;
    std::unique_ptr<Connection> connection_;
    Places places_;
    bool cut_short_ = false;
};

/// Time and keys of a row: where it stands in the order.
std::vector<std::string> position_of(const Places& places, const Row& row) {
    std::vector<std::string> out{row[places.time].text};
    for (const auto key : places.keys) out.push_back(row[key].text);
    return out;
}

class ViewSource final : public drop::Source {
public:
    ViewSource(ViewSettings settings, const Clock& clock)
        : settings_(std::move(settings)), clock_(clock), mark_file_(settings_.mark_file), next_sweep_(std::chrono::steady_clock::now()) {
        auto read = mark_file_.read();
        mark_ = read_watermark(read.value);
        mark_issues_ = std::move(read.issues);
        if (mark_.empty() && !read.value.empty()) mark_issues_.add(mark_file_.unreadable());
    }

    Result<drop::Haul> fetch(const std::stop_token& stop) override {
        auto page = read_page(stop);
        if (page) return page;
        view_.reset(); // whatever went wrong, the next try has a connection of its own
        return page;
    }

    Outcome keep(const drop::Tally&, const std::stop_token&) override {
        if (!page_mark_.empty() && (mark_.empty() || is_later(page_mark_, mark_))) {
            if (auto issues = mark_file_.keep(write_watermark(page_mark_)); issues.has_errors()) return issues;
            mark_ = page_mark_;
        }
        for (auto& digest : page_digests_) {
            if (this_pass_.size() < kRememberedRowsMax) this_pass_.insert(digest);
        }
        position_ = std::move(page_end_);
        if (position_.empty()) end_pass();
        return {};
    }

private:
    void end_pass() {
        last_pass_ = std::move(this_pass_);
        this_pass_.clear();
        // Only a sweep that came to its end is one.
        if (is_sweep_) next_sweep_ = std::chrono::steady_clock::now() + std::chrono::hours(settings_.sweep_hours);
        is_sweep_ = false;
    }

    Result<drop::Haul> read_page(const std::stop_token& stop) {
        if (!view_) {
            auto opened = View::open(settings_, stop);
            if (!opened) return opened.error();
            view_ = std::move(*opened);
        }
        // One row more than is taken: rows that share time and key are never cut apart.
        const auto wanted = settings_.batch_rows + 1;
        auto rows = view_->page(position_.empty() ? pass_start() : position_, wanted, settings_.reading, stop);
        if (!rows) return rows.error();
        const bool is_last_page = rows->size() < wanted && !view_->was_cut_short();
        if (!is_last_page) {
            const auto last = position_of(view_->places(), rows->back());
            while (!rows->empty() && position_of(view_->places(), rows->back()) == last) rows->pop_back();
            if (rows->empty()) return Outcome(error(IssueCode::structure, "", "sql-key-not-unique", {std::to_string(wanted)}));
        }
        return haul_of(std::move(*rows), is_last_page);
    }

    std::vector<std::string> pass_start() {
        if (mark_.empty()) return settings_.start_at.empty() ? std::vector<std::string>() : std::vector{settings_.start_at};
        is_sweep_ = settings_.sweep_hours > 0 && std::chrono::steady_clock::now() >= next_sweep_;
        return {earlier(mark_, is_sweep_ ? settings_.sweep : settings_.overlap).value_or(mark_)};
    }

    drop::Haul haul_of(std::vector<Row> rows, bool is_last_page) {
        const auto& places = view_->places();
        const auto messages = std::make_shared<std::vector<feeds::RawMessage>>();
        page_digests_.clear();
        page_mark_.clear();
        const auto now = clock_.now();
        for (const auto& row : rows) {
            auto message = row_message(settings_.rows, places, row, now);
            auto digest = sha256_hex(message.bytes);
            if (!last_pass_.contains(digest)) messages->push_back(std::move(message));
            page_digests_.push_back(std::move(digest));
            const auto& time = row[places.time].text;
            if (!lies_ahead(time, now, settings_.offset_minutes, kAheadSeconds)) page_mark_ = time;
        }
        page_end_ = is_last_page ? std::vector<std::string>() : position_of(places, rows.back());
        drop::Haul haul;
        haul.contents.count = messages->size();
        haul.contents.message = [messages](std::size_t number) { return std::move((*messages)[number]); };
        haul.contents.issues = mark_issues_;
        haul.more = !is_last_page;
        return haul;
    }

    ViewSettings settings_;
    const Clock& clock_;
    drop::MarkFile mark_file_;
    std::string mark_; ///< time of the newest row that is durable
    Outcome mark_issues_;
    std::chrono::steady_clock::time_point next_sweep_;
    bool is_sweep_ = false; ///< the pass in hand
    std::unique_ptr<View> view_;
    std::vector<std::string> position_;                     ///< row behind which the pass goes on; empty: a new pass
    std::vector<std::string> page_end_, page_digests_;      ///< of the page in hand
    std::string page_mark_;                                 ///< as above
    std::unordered_set<std::string> this_pass_, last_pass_; ///< digests of rows that are durable
};

} // namespace

ViewSettings read_view_settings(const feeds::FeedSettings& settings) {
    ViewSettings out;
    out.connection.text = settings.setting("connection");
    out.connection.user = settings.setting("user");
    out.connection.password_file = settings.setting("password_file");
    out.connection.connect_timeout_s = drop::read_number(settings, "connect_timeout_s", out.connection.connect_timeout_s, 1);
    out.connection.query_timeout_s = drop::read_number(settings, "query_timeout_s", out.connection.query_timeout_s, 1);
    out.names.view = settings.setting("view");
    out.names.time_column = settings.setting("time_column");
    out.names.key_columns = read_list(settings.setting("key_columns"));
    out.names.columns = read_list(settings.setting("columns"));
    out.patient_columns = read_list(settings.setting("patient_column"));
    out.rows.source = settings.name;
    out.rows.table = settings.setting("table", out.names.view);
    out.rows.key_columns = out.names.key_columns;
    const auto charset = settings.setting("charset", "auto");
    if (charset != "auto") out.reading.charset = read_charset(charset);
    out.reading.cell_bytes_max = drop::read_number(settings, "cell_bytes_max", 1 << 20, 16);
    out.rows.cell_bytes_max = out.reading.cell_bytes_max;
    out.start_at = settings.setting("start_at");
    out.batch_rows = drop::read_number(settings, "batch_rows", 500, 1);
    out.overlap = drop::read_number(settings, "overlap", 300);
    out.sweep = std::max<std::int64_t>(drop::read_number(settings, "sweep", 7 * 86'400), out.overlap);
    out.sweep_hours = drop::read_number(settings, "sweep_hours", out.sweep_hours);
    out.offset_minutes = settings.offset_minutes;
    out.mark_file = settings.setting("mark_file");
    return out;
}

std::unique_ptr<drop::Source> make_view_source(ViewSettings settings, const Clock& clock) {
    return std::make_unique<ViewSource>(std::move(settings), clock);
}

Outcome probe_view(const ViewSettings& settings) {
    auto view = View::open(settings, {});
    if (!view) return view.error();
    const auto unseen = (*view)->unseen();
    if (!unseen) return unseen.error();
    Outcome out;
    if (*unseen != "0") out.add(error(IssueCode::processing, "", "sql-rows-unseen", {settings.names.view, *unseen}));
    out.add(information(IssueCode::informational, "", "sql-fine", {settings.names.view}));
    return out;
}

} // namespace huitong::adapters::sql
