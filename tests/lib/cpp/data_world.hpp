#pragma once

#include <stdlib.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/sqlite/sqlite_database.hpp"
#include "base/error.hpp"
#include "data/migration/migrator.hpp"
#include "data/model/editor.hpp"
#include "data/model/model.hpp"
#include "data/read/aggregate.hpp"
#include "data/write/destroy.hpp"
#include "data/write/move.hpp"
#include "data/write/relation.hpp"
#include "data/write/save.hpp"

namespace flotilla::data::test {

/// Passes everything on and counts the statements.
class CountingSession final : public Session {
 public:
  CountingSession(Session& inner, std::atomic<int>& count) : inner_(inner), count_(count) {}
  Task<Rows> query(const Fragment& sql) override {
    ++count_;
    co_return co_await inner_.query(sql);
  }
  Task<std::int64_t> execute(const Fragment& sql) override {
    ++count_;
    co_return co_await inner_.execute(sql);
  }
  const Dialect& dialect() const override { return inner_.dialect(); }
  void after_commit(std::function<void()> action) override { inner_.after_commit(std::move(action)); }

 private:
  Session& inner_;
  std::atomic<int>& count_;
};

class CountingDatabase final : public Database {
 public:
  explicit CountingDatabase(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}
  Task<void> read(Work work) override { co_await inner_->read(counted(std::move(work))); }
  Task<void> write(Work work) override { co_await inner_->write(counted(std::move(work))); }
  const Dialect& dialect() const override { return inner_->dialect(); }
  std::atomic<int> statements = 0;

 private:
  Work counted(Work work) {
    return [this, work = std::move(work)](Session& session) -> Task<void> {
      CountingSession counting(session, statements);
      co_await work(counting);
    };
  }
  std::unique_ptr<Database> inner_;
};

/// A temporary SQLite database with its model, and the operations of the data layer as plain calls on JSON
/// texts.
class DataWorld {
 public:
  explicit DataWorld(NamingRules rules = {}) : rules_(std::move(rules)) { open(); }
  ~DataWorld() {
    model_.reset();
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  DataWorld(const DataWorld&) = delete;
  DataWorld& operator=(const DataWorld&) = delete;

  // What requests are made with.
  std::int64_t now_ms = 1'714'979'289'000;  ///< 2024-05-06T07:08:09Z
  ValueZone zone;
  int request_minutes = 0;
  std::int64_t user_id = 0;
  JsonObject state;
  // What lists and aggregations are limited by.
  Json rule;
  const ReadLimits* limits = nullptr;

  Model& model() { return *model_; }
  std::shared_ptr<const Schema> schema() { return model_->schema(); }
  CountingDatabase& db() { return *db_; }
  const std::vector<std::string>& problems() const { return problems_; }

  /// Runs a coroutine to its end; rethrows what it threw.
  static void run(std::function<Task<void>()> body) {
    boost::asio::io_context io;
    std::exception_ptr failed;
    boost::asio::co_spawn(io, std::move(body), [&](std::exception_ptr error) { failed = error; });
    io.run();
    if (failed) std::rethrow_exception(failed);
  }

  using Reading = std::function<Task<void>(Session&, const RequestScope&)>;
  using Writing = std::function<Task<void>(Session&, const WriteScope&)>;
  void read(Reading body) {
    auto now = schema();
    Work work = [&](Session& session) -> Task<void> { co_await body(session, scope(*now)); };
    run([&]() -> Task<void> { co_await db_->read(work); });
  }
  void write(Writing body) {
    auto now = schema();
    Work work = [&](Session& session) -> Task<void> {
      WriteScope writing(scope(*now), Random::system(), ids_);
      co_await body(session, writing);
    };
    run([&]() -> Task<void> { co_await db_->write(work); });
  }
  void edit(std::function<Task<void>(MetadataEditor&)> body, const ChangeOptions& options = {}) {
    Model::Edit change = [&](Session& session, const Schema& schema, const Metadata& metadata) -> Task<void> {
      WriteScope writing(scope(schema), Random::system(), ids_);
      MetadataEditor editor(session, schema, metadata, writing);
      co_await body(editor);
    };
    run([&]() -> Task<void> { co_await model_->change(change, options); });
  }

  void collection(const std::string& definition) {
    const JsonObject given = json::parse(definition).as_object();
    edit([&](MetadataEditor& editor) -> Task<void> { co_await editor.create_collection(given); });
  }
  Json field(const std::string& owner, const std::string& definition) {
    const JsonObject given = json::parse(definition).as_object();
    Json made;
    edit([&](MetadataEditor& editor) -> Task<void> {
      made = Json(co_await editor.create_field(owner, given));
    });
    return made;
  }

  /// As the create action: nested associations of the root are written, not only linked.
  Json create(const std::string& name, const std::string& values) {
    const JsonObject given = json::parse(values).as_object();
    std::string text;
    write([&](Session& session, const WriteScope& scope) -> Task<void> {
      NestedUpdates updates;
      updates.all_of_root = true;
      Saved saved = co_await create_record(session, scope, scope.schema.collection(name), given, updates);
      JsonWriter out(text);
      co_await write_saved(session, scope, saved, out);
    });
    return json::parse(text);
  }
  Json update(const std::string& name, const std::string& key, const std::string& values,
              std::set<std::string> nested = {}) {
    const JsonObject given = json::parse(values).as_object();
    const Json id = json::parse(key);
    std::string text;
    write([&](Session& session, const WriteScope& scope) -> Task<void> {
      NestedUpdates updates;
      updates.paths = nested;
      Saved saved = co_await update_record(session, scope, scope.schema.collection(name), id, given, updates);
      JsonWriter out(text);
      co_await write_saved(session, scope, saved, out);
    });
    return json::parse(text);
  }
  std::int64_t destroy(const std::string& name, const std::string& filter, const std::string& keys = {},
                       const Json& rule = nullptr) {
    ListRequest rows;
    rows.filter = json::parse(filter);
    if (!keys.empty()) rows.keys = json::parse(keys);
    rows.rule = rule;
    std::int64_t count = -1;
    write([&](Session& session, const WriteScope& scope) -> Task<void> {
      count = co_await destroy_records(session, scope, scope.schema.collection(name), nullptr, rows);
    });
    return count;
  }
  void relation(const std::string& owner, const std::string& key, const std::string& association,
                RelationChange change, const std::string& given) {
    const Json id = json::parse(key), value = json::parse(given);
    write([&](Session& session, const WriteScope& scope) -> Task<void> {
      const Collection& c = scope.schema.collection(owner);
      Source source = co_await resolve_source(session, scope, c, c.field(association), id, true);
      co_await change_relation(session, scope, source, change, value);
    });
  }
  void move(const std::string& name, const MoveRequest& request) {
    write([&](Session& session, const WriteScope& scope) -> Task<void> {
      co_await move_record(session, scope, scope.schema.collection(name), request);
    });
  }

  /// `request`: {filter, fields, appends, except, sort, keys, page, pageSize, paginate, tree}; all rows in
  /// one list unless page or pageSize is given. Answers {data, meta}.
  Json list(const std::string& name, const std::string& request = "{}") {
    return listed(request,
                  [&](Session& session, const RequestScope& scope, const ListRequest& what,
                      JsonWriter& out) -> Task<void> {
                    co_await data::list(session, scope, scope.schema.collection(name), nullptr, what, out);
                  });
  }
  Json list_of(const std::string& owner, const std::string& key, const std::string& association,
               const std::string& request = "{}") {
    const Json id = json::parse(key);
    return listed(
        request,
        [&](Session& session, const RequestScope& scope, const ListRequest& what,
            JsonWriter& out) -> Task<void> {
          const Collection& c = scope.schema.collection(owner);
          Source source = co_await resolve_source(session, scope, c, c.field(association), id, false);
          co_await data::list(session, scope, *scope.schema.target(c.field(association)), &source, what, out);
        });
  }
  Json aggregate(const std::string& name, const std::string& values) {
    const JsonObject given = json::parse(values).as_object();
    std::string text;
    read([&](Session& session, const RequestScope& scope) -> Task<void> {
      JsonWriter out(text);
      out.begin_object();
      co_await data::aggregate(session, scope, scope.schema.collection(name), given, out, rule, limits);
      out.end_object();
    });
    return json::parse(text).at("data");
  }
  /// One member of each row in order, `1,2,3`.
  std::string column(const std::string& name, const std::string& member, const std::string& filter = "{}",
                     const std::string& sort = "[\"id\"]") {
    Json answer = list(name, R"({"filter":)" + filter + R"(,"sort":)" + sort + "}");
    std::string out;
    for (const Json& row : answer.at("data").as_array()) {
      if (!out.empty()) out += ",";
      out += json::dump(row.at(member)).starts_with('"') ? json::to_text(row.at(member))
                                                         : json::dump(row.at(member));
    }
    return out;
  }
  std::string ids(const std::string& name, const std::string& filter) { return column(name, "id", filter); }
  /// The first row that matches, null when there is none.
  Json first(const std::string& name, const std::string& filter, const std::string& appends = "[]") {
    Json answer = list(name, R"({"filter":)" + filter + R"(,"appends":)" + appends + "}");
    const JsonArray& rows = answer.at("data").as_array();
    return rows.empty() ? Json() : rows.front();
  }
  Rows sql(const std::string& text) {
    Rows rows;
    read([&](Session& session, const RequestScope&) -> Task<void> {
      Fragment statement(text);
      rows = co_await session.query(statement);
    });
    return rows;
  }
  /// Closes the database and opens the file again, as a restart does.
  void reopen() {
    model_.reset();
    db_.reset();
    open();
  }

 private:
  RequestScope scope(const Schema& schema) const {
    return {schema, zone, now_ms, request_minutes, user_id, &state};
  }

  using Listing = std::function<Task<void>(Session&, const RequestScope&, const ListRequest&, JsonWriter&)>;
  Json listed(const std::string& request, Listing body) {
    const JsonObject given = json::parse(request).as_object();
    ListRequest what;
    auto names = [&](std::string_view key) {
      std::vector<std::string> out;
      if (const Json* list = json::find(given, key)) {
        for (const Json& item : list->as_array()) out.emplace_back(item.as_string());
      }
      return out;
    };
    if (given.contains("fields")) what.selection.fields = names("fields");
    what.selection.appends = names("appends");
    what.selection.except = names("except");
    what.sort = names("sort");
    if (const Json* filter = json::find(given, "filter")) what.filter = *filter;
    if (const Json* keys = json::find(given, "keys")) what.keys = *keys;
    what.paginate = given.contains("page") || given.contains("pageSize");
    if (const Json* page = json::find(given, "page")) what.page = page->to_number<double>();
    if (const Json* size = json::find(given, "pageSize")) what.page_size = size->to_number<double>();
    what.tree = json::truthy(given, "tree");
    what.rule = rule;
    what.limits = limits;
    std::string text;
    read([&](Session& session, const RequestScope& scope) -> Task<void> {
      JsonWriter out(text);
      out.begin_object();
      co_await body(session, scope, what, out);
      out.end_object();
    });
    return json::parse(text);
  }

  void open() {
    if (folder_.empty()) {
      std::string name = (std::filesystem::temp_directory_path() / "flotilla-data-XXXXXX").string();
      if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
      folder_ = name;
    }
    sqlite::SqliteOptions options;
    options.path = (folder_ / "app.db").string();
    options.reader_threads = 1;
    options.synchronous = sqlite::SqliteOptions::Synchronous::normal;
    db_ = std::make_unique<CountingDatabase>(sqlite::open_sqlite(options));
    model_ = std::make_unique<Model>(*db_, rules_);
    problems_.clear();
    run([&]() -> Task<void> {
      Migrator migrator(*db_, rules_, declared_migrations(), {Random::system(), ids_, clock_, "0.1.0"});
      co_await migrator.run();
      co_await model_->open(problems_);
    });
  }

  struct WorldClock final : Clock {
    explicit WorldClock(const std::int64_t& ms) : ms(ms) {}
    UnixMs now() const override { return UnixMs{std::chrono::milliseconds{ms}}; }
    const std::int64_t& ms;
  };

  NamingRules rules_;
  WorldClock clock_{now_ms};
  std::filesystem::path folder_;
  IdSource ids_ = [next = std::int64_t{1000}]() mutable { return next++; };
  std::unique_ptr<CountingDatabase> db_;
  std::unique_ptr<Model> model_;
  std::vector<std::string> problems_;
};

/// What an action is refused with; status 0 when it is not.
struct Refusal {
  int status = 0;
  std::string message;
};
template <class Action>
Refusal refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return {error.status(), error.what()};
  } catch (const std::exception& error) {
    return {-1, error.what()};
  }
  return {};
}

}  // namespace flotilla::data::test
