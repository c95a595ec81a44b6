#include "data/read/aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "data/sql/expression.hpp"
#include "data/sql/statement.hpp"
#include "data/value/present.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kRoot = "t";
constexpr std::string_view kAggregations[] = {"sum", "count", "avg", "min", "max"};

struct Output {
  std::string alias;
  Fragment expression;
  const Field* field = nullptr;  ///< how values are shown; null: as they come
  bool whole = false;            ///< a number, also where the database makes it a decimal one (MySQL)
};

std::vector<std::string> path_of(const Json& item, std::string_view what) {
  const Json* field = item.is_object() ? json::find(item.get_object(), "field") : nullptr;
  std::vector<std::string> path;
  if (field && field->is_string()) path = split(std::string_view(field->get_string()), '.');
  if (field && field->is_array()) {
    for (const Json& segment : field->get_array()) path.push_back(json::to_text(segment));
  }
  if (path.empty() || path.size() > 2)
    throw bad_request(fmt::format("each of {} takes a field: a name, or one association and a name", what));
  return path;
}

const JsonArray& list_of(const JsonObject& values, std::string_view key) {
  static const JsonArray kNone;
  const Json* list = json::find(values, key);
  if (!list || list->is_null()) return kNone;
  if (!list->is_array()) throw bad_request(fmt::format("{} must be a list", key));
  return list->get_array();
}

std::string alias_of(const Json& item, const std::vector<std::string>& path) {
  std::string_view alias = json::text(item.get_object(), "alias");
  return alias.empty() ? join(path, ".") : std::string(alias);
}

class Aggregation {
 public:
  Aggregation(const Dialect& dialect, const RequestScope& scope, const Collection& c, const Json& rule,
              const ReadLimits* limits)
      : dialect_(dialect), scope_(scope), paths_(scope.schema, dialect, c, std::string(kRoot), "q") {
    limit_joins(paths_, dialect_, scope_, limits);
    rows_.rule = rule;
    rows_.limits = limits;
  }

  Fragment build(const JsonObject& values) {
    for (const Json& item : list_of(values, "measures")) add_measure(item);
    for (const Json& item : list_of(values, "dimensions")) add_dimension(item);
    if (outputs_.empty()) throw bad_request("Query action requires at least one measure or dimension");

    if (const Json* filter = json::find(values, "filter")) rows_.filter = *filter;
    sql::Select query = root_query(dialect_, scope_, *paths_.root().collection, nullptr, RowChoice(rows_));
    for (const Output& output : outputs_)
      query.columns.push_back(sql::as(output.expression, dialect_, output.alias));
    if (aggregated_) query.group_by = dimensions_;
    if (const Json* having = json::find(values, "having"); having && having->is_object())
      query.having = having_of(having->get_object());
    if (!query.having.empty() && !aggregated_)
      throw bad_request("having needs a measure with an aggregation function");
    for (const Json& item : list_of(values, "orders")) query.order_by.push_back(order_of(item));
    query.joins.insert(query.joins.end(), paths_.joins().begin(), paths_.joins().end());
    query.limit = limit_of(values);
    if (const Json* offset = json::find(values, "offset"); offset && offset->is_int64())
      query.offset = std::max<std::int64_t>(0, offset->get_int64());
    return sql::select(dialect_, query);
  }

  const std::vector<Output>& outputs() const { return outputs_; }

 private:
  std::pair<const Field*, std::string> resolve(const std::vector<std::string>& path) {
    JoinPaths::Stop at = paths_.root();
    if (path.size() == 2) {
      const Field& association = at.collection->field(path[0]);
      if (!association.is_association())
        throw bad_request(
            fmt::format("\"{}\" is not an association of \"{}\"", path[0], at.collection->name));
      at = paths_.follow(at, association);
    }
    const Field& field = at.collection->field(path.back());
    if (field.column.empty() || field.type == FieldType::password || field.hidden)
      throw bad_request(
          fmt::format("Invalid SQL column or table reference: \"{}\" cannot be queried", join(path, ".")));
    return {&field, paths_.column(at, field)};
  }

  void add_measure(const Json& item) {
    std::vector<std::string> path = path_of(item, "measures");
    std::string aggregation(json::text(item.get_object(), "aggregation"));
    if (!aggregation.empty() && std::ranges::find(kAggregations, aggregation) == std::end(kAggregations))
      throw bad_request(fmt::format("Invalid aggregation function: {}", aggregation));
    auto [field, column] = resolve(path);
    Output output{alias_of(item, path), Fragment(column), field};
    if (!aggregation.empty()) {
      output.expression =
          sql::aggregate(aggregation, output.expression, json::truthy(item.get_object(), "distinct"));
      aggregated_ = true;
      if (aggregation == "count" || aggregation == "avg" || aggregation == "sum" ||
          field->values == ValueClass::decimal)
        output.field = nullptr;
      output.whole = aggregation == "sum" && field->column_kind == ColumnKind::integer;
    }
    add(std::move(output));
  }

  void add_dimension(const Json& item) {
    std::vector<std::string> path = path_of(item, "dimensions");
    auto [field, column] = resolve(path);
    Output output{alias_of(item, path), Fragment(column), field};
    std::string_view format = json::text(item.get_object(), "format");
    const bool dated = field->values == ValueClass::instant || field->values == ValueClass::wall_clock ||
                       field->values == ValueClass::day || field->values == ValueClass::unix;
    if (!format.empty() && dated) {
      const int minutes = field->values == ValueClass::instant || field->values == ValueClass::unix
                              ? scope_.request_minutes
                              : 0;
      output.expression = dialect_.format_date(column, field->column_kind, format, minutes);
      output.field = nullptr;
    }
    dimensions_.push_back(output.expression);
    add(std::move(output));
  }

  void add(Output output) {
    check_identifier("alias", output.alias);
    outputs_.push_back(std::move(output));
  }

  const Output* by_alias(std::string_view alias) const {
    auto at = std::ranges::find(outputs_, alias, &Output::alias);
    return at == outputs_.end() ? nullptr : &*at;
  }

  std::string order_of(const Json& item) {
    std::vector<std::string> path = path_of(item, "orders");
    const bool descending = iequals(json::text(item.get_object(), "order"), "desc");
    if (const Output* output = by_alias(alias_of(item, path)))
      return dialect_.order_by(dialect_.quote(output->alias), descending);
    return dialect_.order_by(resolve(path).second, descending);
  }

  Fragment having_of(const JsonObject& having) {
    static constexpr std::pair<std::string_view, sql::Compare> kCompares[] = {
        {"$eq", sql::Compare::equal},   {"$ne", sql::Compare::not_equal},
        {"$gt", sql::Compare::greater}, {"$gte", sql::Compare::greater_or_equal},
        {"$lt", sql::Compare::less},    {"$lte", sql::Compare::less_or_equal}};
    std::vector<Fragment> parts;
    for (const auto& [key, value] : having) {
      const Output* output = by_alias(key);
      if (!output)
        throw bad_request(
            fmt::format("having names \"{}\", which is no measure or dimension", std::string_view(key)));
      JsonObject conditions = value.is_object() ? value.get_object() : JsonObject{{"$eq", value}};
      for (const auto& [op, operand] : conditions) {
        auto how = std::ranges::find(kCompares, std::string_view(op),
                                     &std::pair<std::string_view, sql::Compare>::first);
        if (how == std::end(kCompares) || operand.is_structured())
          throw bad_request(fmt::format("having takes $eq, $ne, $gt, $gte, $lt, $lte with one value; got {}",
                                        std::string_view(op)));
        Param bound = operand.is_int64()    ? Param(operand.get_int64())
                      : operand.is_double() ? Param(operand.get_double())
                                            : Param(json::to_text(operand));
        parts.push_back(sql::compare_expression(output->expression, how->second, std::move(bound)));
      }
    }
    return sql::all_of(std::move(parts));
  }

  std::int64_t limit_of(const JsonObject& values) const {
    if (const Json* limit = json::find(values, "limit"); limit && limit->is_int64() && limit->get_int64() > 0)
      return limit->get_int64();
    return aggregated_ && dimensions_.empty() ? -1 : kAggregateLimitDefault;
  }

  const Dialect& dialect_;
  const RequestScope& scope_;
  JoinPaths paths_;
  ListRequest rows_;
  std::vector<Output> outputs_;
  std::vector<Fragment> dimensions_;
  bool aggregated_ = false;
};

}  // namespace

Task<void> aggregate(Session& session, const RequestScope& scope, const Collection& c,
                     const JsonObject& values, JsonWriter& out, const Json& rule, const ReadLimits* limits) {
  Aggregation aggregation(session.dialect(), scope, c, rule, limits);
  Fragment statement = aggregation.build(values);
  Rows rows = co_await session.query(statement);
  out.key("data");
  out.begin_array();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    out.begin_object();
    for (std::size_t i = 0; i < aggregation.outputs().size(); ++i) {
      const Output& output = aggregation.outputs()[i];
      const Cell& cell = rows.at(row, i);
      out.key(output.alias);
      if (output.field)
        present(out, *output.field, cell);
      else if (cell.is_null())
        out.null();
      else if (cell.kind == Cell::Kind::integer || output.whole)
        out.integer(cell.as_int());
      else if (cell.kind == Cell::Kind::real)
        out.number(cell.real);
      else
        out.string(cell.text());
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace flotilla::data
