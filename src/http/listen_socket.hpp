#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace flotilla::http {

/// Opens, binds and listens; port 0 takes any free one. Throws Error 500 naming APP_HOST or APP_PORT.
boost::asio::ip::tcp::acceptor open_listener(boost::asio::io_context& loop, const std::string& host,
                                             std::uint16_t port);

/// Opens and binds; several sockets may be bound to the address, and the kernel spreads new connections over
/// those that listen. Nobody can connect before one does. Throws as open_listener() does.
boost::asio::ip::tcp::acceptor bind_shared(boost::asio::io_context& loop, const std::string& host,
                                           std::uint16_t port);

/// From here on the kernel drops the first packet of new connections without a word, while those that are
/// under way still come into the queue: a socket can then be emptied and closed without a reset to anybody.
/// For everybody who shares the socket; there is no way back.
void refuse_handshakes(boost::asio::ip::tcp::acceptor& listener);

/// Whether a connection waits to be accepted. Does not block.
bool has_waiting(boost::asio::ip::tcp::acceptor& listener);

}  // namespace flotilla::http
