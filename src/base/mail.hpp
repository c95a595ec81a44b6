#pragma once

#include <string>

namespace flotilla {

/// A message of text to one address.
struct Mail {
  std::string to;
  std::string subject;  ///< one line, ASCII
  std::string text;     ///< UTF-8
};

/// How mail is sent, and what links in it begin with.
struct MailSettings {
  std::string smtp_url;    ///< FLOTILLA_SMTP_URL; empty: this server sends no mail. May hold a password
  std::string from;        ///< FLOTILLA_SMTP_FROM: an address
  std::string public_url;  ///< FLOTILLA_PUBLIC_URL, without a slash at the end
  bool configured() const { return !smtp_url.empty(); }
};

}  // namespace flotilla
