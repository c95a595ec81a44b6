#include "adapters/redis/redis_connections.hpp"

#include <set>

#include "base/log.hpp"

namespace flotilla::redis {

/// A server and what was said about it.
struct RedisConnections::Server {
  explicit Server(RedisUrl url) : url(std::move(url)) {}

  void look(const ServerInfo& info, Keeping keeping) {
    for (const std::string& concern : concerns(info, keeping)) {
      std::lock_guard lock(mutex);
      if (told.insert(concern).second)
        log::warn(concern, {{"variable", url.variable}, {"address", url.shown()}});
    }
  }

  const RedisUrl url;
  std::mutex mutex;
  std::set<std::string> told;
};

struct RedisConnections::Known {
  std::shared_ptr<Server> server;
  std::string purpose;
  std::shared_ptr<RedisClient> client;
};

RedisConnections::RedisConnections(boost::asio::any_io_executor executor, ClientOptions options)
    : executor_(std::move(executor)), options_(std::move(options)) {}

RedisConnections::~RedisConnections() = default;

void RedisConnections::check_open(const RedisUrl& url) const {
  if (closed_)
    throw cluster::Unavailable(cluster::Unavailable::Why::network, url.service(),
                               "the connections were closed");
}

std::shared_ptr<RedisConnections::Server> RedisConnections::server_of(const RedisUrl& url) {
  for (const auto& server : servers_)
    if (server->url.same_server(url)) return server;
  servers_.push_back(std::make_shared<Server>(url));
  return servers_.back();
}

ClientOptions RedisConnections::options_of(const std::string& purpose) const {
  ClientOptions options = options_;
  options.name += "-" + purpose;
  return options;
}

std::shared_ptr<RedisClient> RedisConnections::client(const RedisUrl& url, const std::string& purpose,
                                                      Keeping keeping) {
  std::lock_guard lock(mutex_);
  check_open(url);
  const std::shared_ptr<Server> server = server_of(url);
  for (const Known& known : clients_)
    if (known.server == server && known.purpose == purpose) return known.client;
  ClientOptions options = options_of(purpose);
  options.on_connected = [server, keeping, also = options_.on_connected](const ServerInfo& info) {
    server->look(info, keeping);
    if (also) also(info);
  };
  auto client = std::make_shared<RedisClient>(executor_, url, std::move(options));
  clients_.push_back({server, purpose, client});
  return client;
}

std::shared_ptr<RedisSubscriber> RedisConnections::subscriber(const RedisUrl& url, const std::string& purpose,
                                                              RedisSubscriber::Listener listener,
                                                              std::vector<std::string> channels) {
  std::lock_guard lock(mutex_);
  check_open(url);
  RedisSubscriber::Options options;
  options.client = options_of(purpose);
  auto subscriber = std::make_shared<RedisSubscriber>(executor_, url, std::move(listener),
                                                      std::move(channels), std::move(options));
  subscribers_.push_back(subscriber);
  return subscriber;
}

Task<void> RedisConnections::close() {
  std::vector<std::shared_ptr<RedisSubscriber>> subscribers;
  std::vector<Known> clients;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    subscribers.swap(subscribers_);
    clients.swap(clients_);
  }
  for (auto subscriber = subscribers.rbegin(); subscriber != subscribers.rend(); ++subscriber)
    co_await (*subscriber)->close();
  for (auto known = clients.rbegin(); known != clients.rend(); ++known) co_await known->client->close();
}

}  // namespace flotilla::redis
