#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flotilla {

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);              ///< ASCII only
bool iequals(std::string_view a, std::string_view b);  ///< ASCII only
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `created_by_id`, `post tags` -> `createdById`, `postTags`.
std::string camel_case(std::string_view text);
/// `createdById` -> `created_by_id`.
std::string snake_case(std::string_view text);
/// English plural and singular of the last word, as good as naming of tables needs.
std::string pluralize(std::string_view word);
std::string singularize(std::string_view word);

std::string hex(std::string_view bytes);
/// RFC 4648 section 5, without padding.
std::string base64url_encode(std::string_view bytes);
/// False when `text` is not base64url (padding allowed).
bool base64url_decode(std::string_view text, std::string& out);

/// Decodes %XX; `plus_is_space` as in queries. False on a malformed sequence; `out` is then unspecified.
bool percent_decode(std::string_view text, std::string& out, bool plus_is_space = false);

/// True when `text` is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// Milliseconds of the `ms` notation (`15m`, `1d`, `2 hours`, `500`); -1 when it is none.
long long parse_duration_ms(std::string_view text);
/// Bytes of `10mb`, `512kb`, `1gb`, `100`; -1 when it is none.
long long parse_size_bytes(std::string_view text);

}  // namespace flotilla
