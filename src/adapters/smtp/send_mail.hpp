#pragma once

#include "base/mail.hpp"

namespace flotilla::smtp {

/// Hands a message over to the server of the settings (RFC 5321, by libcurl). `smtps://` is TLS from the
/// start; `smtp://` becomes TLS when the server offers it, and must when the address holds a password. Blocks
/// for up to 30 s; thread-safe. Throws std::runtime_error, without secrets.
void send_mail(const MailSettings& settings, const Mail& mail);

/// What is sent: head and text with CRLF (RFC 5322). Throws std::runtime_error for an address or a subject
/// that would be more than one line of the head.
std::string message_text(const MailSettings& settings, const Mail& mail, const std::string& date,
                         const std::string& id);

}  // namespace flotilla::smtp
