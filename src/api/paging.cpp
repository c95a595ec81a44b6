#include "api/paging.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::api {
namespace {

double read_number(const JsonObject& params, std::string_view name, double fallback) {
  const Json* value = json::find(params, name);
  if (!value) return fallback;
  double number = std::numeric_limits<double>::quiet_NaN();
  if (value->is_number()) {
    number = value->to_number<double>();
  } else if (value->is_string()) {
    std::string_view text = trim(json::text(params, name));
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) number = std::nan("");
  }
  if (!std::isfinite(number)) throw bad_request(fmt::format("{} must be a number", name));
  return number;
}

}  // namespace

std::optional<std::int64_t> Paging::total_pages(std::int64_t count) const {
  if (page_size == 0) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(count) / page_size));
}

Paging read_paging(const JsonObject& params, double default_page_size) {
  Paging paging;
  if (const Json* value = json::find(params, "paginate")) {
    paging.paginate = !(value->is_bool() && !value->get_bool()) && json::text(params, "paginate") != "false";
  }
  if (!paging.paginate) return paging;
  paging.page = read_number(params, "page", 1);
  paging.page_size = read_number(params, "pageSize", default_page_size);
  if (paging.page < 1) throw bad_request("page must be 1 or more");
  if (paging.page > kPageMax) throw bad_request(fmt::format("page must be at most {:.0f}", kPageMax));
  if (paging.page_size < 0) throw bad_request("pageSize must be 0 or more");
  if (paging.page_size > kPageSizeMax)
    throw bad_request(fmt::format("pageSize must be at most {:.0f}", kPageSizeMax));
  // Compared as doubles first: the product itself may not fit.
  if ((paging.page - 1) * paging.page_size >= 9.2e18)
    throw bad_request("page is too large: page * pageSize is beyond what a database can skip");
  return paging;
}

}  // namespace flotilla::api
