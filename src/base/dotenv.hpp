#pragma once

#include <map>
#include <string>
#include <string_view>

namespace flotilla {

/// Reads the text of a `.env` file as the dotenv package of Node does: `NAME=value` or `NAME: value`, an
/// optional `export ` in front, `#` comments, values in single quotes, double quotes (\n and \r are expanded)
/// or backticks, quoted values over several lines, LF or CRLF, a byte order mark. The last of two equal names
/// wins. Other than dotenv, which skips what it cannot read, this throws a SettingError that names `file` and
/// the line.
std::map<std::string, std::string> parse_dotenv(std::string_view text, std::string_view file = ".env");

}  // namespace flotilla
