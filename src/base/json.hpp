#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace flotilla {

/// Requests, options and metadata are Boost.JSON documents. Answers with many rows are not: see JsonWriter.
using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

namespace json {

/// Parses a whole text. Throws Error 400 naming the position; depth is limited to 64.
Json parse(std::string_view text);

/// Like parse, but answers null with *ok=false instead of throwing.
Json try_parse(std::string_view text, bool* ok);

std::string dump(const Json& value);

/// Null when there is no such key.
const Json* find(const JsonObject& object, std::string_view key);

/// Text of a string member, or `fallback` when it is missing or not a string.
std::string_view text(const JsonObject& object, std::string_view key, std::string_view fallback = {});

/// JavaScript truthiness of a member: missing, null, false, 0 and "" are false.
bool truthy(const JsonObject& object, std::string_view key);
bool truthy(const Json& value);

/// What JavaScript's String(value) gives for scalars; objects become "[object Object]", arrays are
/// comma-joined.
std::string to_text(const Json& value);

/// Deep merge of `from` into `into`: objects merge, everything else is replaced.
void merge(JsonObject& into, const JsonObject& from);

/// True for a number that has no fraction (int64, uint64 or a whole double).
bool is_integer(const Json& value);

}  // namespace json
}  // namespace flotilla
