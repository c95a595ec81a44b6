#include "app/application.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <future>

#include "adapters/smtp/send_mail.hpp"
#include "api/actions/actions.hpp"
#include "api/admission/gate.hpp"
#include "api/admission/rate_limit.hpp"
#include "api/front.hpp"
#include "api/socket.hpp"
#include "app/cluster_layer.hpp"
#include "app/database_watch.hpp"
#include "app/main_database.hpp"
#include "app/migrations.hpp"
#include "app/node_measures.hpp"
#include "app/step_log.hpp"
#include "app/stop_orders.hpp"
#include "auth/audit_log.hpp"
#include "auth/authenticator.hpp"
#include "auth/jwt_secret.hpp"
#include "auth/password.hpp"
#include "auth/permissions/permission_sync.hpp"
#include "auth/sign_in_guard.hpp"
#include "base/log.hpp"
#include "base/metrics/histogram.hpp"
#include "base/version.hpp"
#include "data/model/install.hpp"
#include "data/online/schema_jobs.hpp"
#include "data/schema/fingerprint.hpp"
#include "data/sql/database_measures.hpp"
#include "http/server.hpp"
#include "ops/drill/drill_actions.hpp"
#include "ops/drill/drills.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/event_loops.hpp"
#include "runtime/loop_lag.hpp"
#include "runtime/task_group.hpp"
#include "supervisor/node_process.hpp"

namespace flotilla::app {
namespace {

constexpr const char* kSchemaChannel = "schema";
constexpr const char* kSchemaJobs = "schema-change";
const cluster::PublishOptions kSchemaJobOptions{
    .timeout = std::chrono::hours{24}, .max_retries = 1'000, .dedup_key = {}};
constexpr const char* kSessionChannel = "sessions";
constexpr std::size_t kScryptQueueMax = 1000;
constexpr std::size_t kFileQueueMax = 1000;
constexpr std::size_t kMailQueueMax = 1000;
/// For a database server that is started at the same time as this node.
constexpr std::chrono::milliseconds kDatabasePatience{30'000};
/// For leases, records and connections, after what was drained.
constexpr std::chrono::milliseconds kLeavePatience{5'000};

auth::JwtSecret jwt_secret(const Settings& settings) {
  return auth::choose_jwt_secret(
      {.storage = settings.storage,
       .app_key = settings.app_key,
       .always_app_key = settings.unsafe_use_default_jwt_secret,
       // The processes of one start have one storage folder. A node of another
       // machine that signs with another secret is not let in.
       .of_fleet = !settings.cluster.pubsub.in_process() && settings.cluster.processes == 1},
      Random::system());
}

/// For a connection to the database, or its thread.
api::Gate::Waits waited_inside() {
  api::Gate::Waits waits;
  const data::DatabaseMeasures& measures = data::DatabaseMeasures::process();
  for (const metrics::Histogram* wait : {&measures.reads.wait, &measures.writes.wait}) {
    const metrics::Histogram::Reading reading = wait->read();
    for (const std::uint64_t count : reading.counts) waits.count += count;
    waits.sum += reading.sum;
  }
  return waits;
}

http::ServerOptions server_options(const Settings& settings, api::RequestMeasures& measures) {
  http::ServerOptions options;
  options.limits.idle_timeout_ms = static_cast<int>(settings.http.idle_timeout.count());
  options.limits.header_timeout_ms = static_cast<int>(settings.http.header_timeout.count());
  options.limits.body_timeout_ms = static_cast<int>(settings.http.body_timeout.count());
  options.limits.connections_max = settings.http.connections_max;
  options.limits.header_bytes_max = settings.http.header_bytes_max;
  options.limits.body_bytes_max = settings.http.body_bytes_max;
  options.limits.upload_bytes_max = settings.http.upload_bytes_max;
  options.on_access = [&measures](const http::Request& request, int status, std::size_t bytes,
                                  std::chrono::microseconds took) {
    measures.answered(request, status, took);
    log::info("request", {{"requestId", request.id},
                          {"method", request.method},
                          {"path", request.path},
                          {"status", status},
                          {"bytes", bytes},
                          {"us", took.count()},
                          {"remote", request.remote}});
  };
  options.on_error = [](const http::Request& request, const std::string& what) {
    log::error("a request failed unexpectedly",
               {{"requestId", request.id}, {"path", request.path}, {"reason", what}});
  };
  return options;
}

}  // namespace

/// In the order of construction; destruction goes backwards: the listener first, the database last but before
/// the loops whose coroutines use it.
struct Application::Parts {
  const Settings& settings;
  EventLoops loops;
  /// Leases are renewed and signals heard however busy the loops of requests are.
  EventLoops cluster_loop;
  auth::JwtSecret secret;
  MainDatabase main;
  data::Database& database;
  DatabaseWatch watch;
  TaskGroup tasks;
  ClusterLayer cluster;
  data::IdSource next_id;
  data::Migrator migrator;
  data::Model model;
  data::SchemaJobs schema_jobs;
  ops::Drills drills;
  BlockingPool scrypt;
  BlockingPool files;
  BlockingPool mail;
  auth::Authenticator authenticator;
  auth::Permissions permissions;
  auth::PermissionSync permission_sync;
  auth::SignInGuard sign_in_guard;
  auth::AuditLog audit;
  api::CorsPolicy cors;
  api::ActionRegistry actions;
  api::RateLimit rate_limit;
  api::Services services;
  LoopLag lag, cluster_lag;
  api::Gate gate;
  api::Pipeline pipeline;
  api::Health health;
  api::Front front;
  NodeMeasures measures;
  std::unique_ptr<cluster::SignalSubscription> schema_changes;
  std::unique_ptr<cluster::SignalSubscription> session_changes;

  explicit Parts(const Settings& s)
      : settings(s),
        loops(s.threads),
        cluster_loop(1),
        secret(jwt_secret(s)),
        main(open_main_database(s, cluster_loop.at(0).get_executor())),
        database(*main.database),
        watch(database),
        tasks(cluster_loop.at(0).get_executor()),
        cluster(s, database, cluster_loop.at(0).get_executor(), secret.key, main.listen),
        next_id([this] { return cluster.ids().next(); }),
        migrator(make_migrator(s, database, next_id)),
        model(database, {s.database.table_prefix, s.database.underscored}),
        schema_jobs(database, model, Clock::system(), cluster.self()),
        drills({database, model, cluster.outbox(), cluster.queue(), cluster.scheduler(), cluster.signals(),
                cluster.locks(), Clock::system(), cluster.self(),
                s.worker_mode.serves("async-task:process")}),
        scrypt("password hashing", s.scrypt_threads, kScryptQueueMax),
        files("file look-ups", 1, kFileQueueMax),
        mail("mail", 1, kMailQueueMax),
        authenticator({secret.key, Random::system(), Clock::system(), next_id, s.jwt_expires_in.count()},
                      database, model),
        permissions(database, model, Random::system(), next_id, Clock::system()),
        permission_sync(permissions, cluster.signals(), cluster.registry(), cluster.outbox(),
                        s.cluster.signal_lease),
        sign_in_guard(s.sign_in, cluster.caches().counter("sign-in"),
                      cluster.caches().counter("sign-in", "memory"), Clock::system()),
        audit({s.audit, s.audit_keep}, database, model, Random::system(), next_id, Clock::system()),
        cors(s.cors_origin_whitelist),
        rate_limit(s.overload.user_rate, cluster.caches().counter("rate"),
                   cluster.caches().counter("rate", "memory"), Clock::system()),
        services{s,
                 database,
                 model,
                 authenticator,
                 permissions,
                 permission_sync,
                 scrypt,
                 Random::system(),
                 Clock::system(),
                 next_id,
                 cors,
                 actions,
                 cluster.registry(),
                 sign_in_guard,
                 audit,
                 rate_limit},
        lag(loops, "requests", metrics::Registry::process()),
        cluster_lag(cluster_loop, "cluster", metrics::Registry::process()),
        gate(loops, {s.overload.enabled, s.overload.target, s.overload.waiting_max},
             {waited_inside, [this](std::size_t loop) { return lag.of(loop); }},
             metrics::Registry::process()),
        pipeline(services, gate),
        front(services, pipeline, health, files, metrics::Registry::process()),
        measures({s, database, watch, cluster, model, permissions}, metrics::Registry::process()) {
    api::register_actions(actions);
    ops::register_drill_actions(actions, drills);
    services.node = cluster.self();
    services.watchers = {&authenticator, &audit};
    if (s.mail.configured()) services.post_mail = [this](Mail m) { tasks.spawn("mail", send(std::move(m))); };
    health.ailment = [this]() -> std::optional<std::string> {
      if (!cluster.ids().worker()) return "the lease of the worker id has ended: no ids can be made";
      return watch.ailment();
    };
  }

  Task<void> send(Mail letter) {
    auto post = [this, &letter] { smtp::send_mail(settings.mail, letter); };
    co_await mail.run(post);  // what it throws is logged by the group of tasks
  }

  /// Other nodes may work on the same database: they are told of changes of the schema, and tell of theirs.
  Task<void> follow_schema() {
    if (settings.cluster.pubsub.in_process()) co_return;
    model.share([this](data::Session& session, std::int64_t epoch) -> Task<void> {
      const Json message{{"epoch", epoch}};
      co_await cluster.outbox().signal(session, cluster.signals().whole_channel(kSchemaChannel),
                                       cluster.signals().envelope(message, {.skip_self = true}));
    });
    cluster::Signals::Subscriber subscriber;
    subscriber.handle = [this](Json) -> Task<void> { co_await model.follow(); };
    subscriber.reload = [this]() -> Task<void> { co_await model.follow(); };
    schema_changes = co_await cluster.signals().subscribe(kSchemaChannel, std::move(subscriber));
    co_await permission_sync.start();
  }

  /// Nodes tell of each other which schema they serve.
  void show_schema() {
    cluster.describe_with([this, last = std::shared_ptr<const data::Schema>(),
                           hash = std::string()](cluster::NodeRecord& record) mutable {
      const std::shared_ptr<const data::Schema> now = model.schema();
      if (now != last) hash = data::fingerprint(*now);
      last = now;
      record.schema_epoch = static_cast<std::int64_t>(now->epoch());
      record.schema_hash = hash;
    });
  }

  /// Indexes of large tables are made by whichever node the queue gives them to.
  void serve_schema_jobs() {
    cluster::Consumer consumer;
    consumer.process = [this](Json message, cluster::Attempt) -> Task<void> {
      co_await schema_jobs.run(std::string(json::text(message.as_object(), "key")), tasks.stopping());
    };
    cluster.queue().subscribe(kSchemaJobs, std::move(consumer));
    model.hand_over_jobs([this](data::Session& session, const std::string& key) -> Task<void> {
      const Json message{{"key", key}};
      cluster::QueueMessage queued = cluster.queue().prepare(kSchemaJobs, message, kSchemaJobOptions, false);
      co_await cluster.outbox().publish(session, std::move(queued));
    });
  }

  /// The same for sessions: ended ones, users, the token policy.
  Task<void> follow_sessions() {
    if (settings.cluster.pubsub.in_process()) co_return;
    auth::FleetLink link;
    link.announce = [this](data::Session& session, const auth::SessionNews& news) -> Task<void> {
      co_await cluster.outbox().signal(session, cluster.signals().whole_channel(kSessionChannel),
                                       cluster.signals().envelope(news.message(), {.skip_self = true}));
    };
    link.current = [this] { return cluster.signals().fresh(std::chrono::steady_clock::now()); };
    authenticator.share(std::move(link));
    cluster::Signals::Subscriber subscriber;
    subscriber.handle = [this](Json message) -> Task<void> {
      authenticator.hear(auth::SessionNews::parse(message));
      co_return;
    };
    subscriber.reload = [this]() -> Task<void> { co_await authenticator.catch_up(); };
    session_changes = co_await cluster.signals().subscribe(kSessionChannel, std::move(subscriber));
  }

  /// Migrates, and reads the schema. Each step looks for itself what
  /// is left to do, so that an installation that was killed is finished by the next start, and nodes that
  /// start at the same time do each of it once.
  Task<void> prepare(bool as_node) {
    co_await migrator.run();
    std::vector<std::string> problems;
    co_await model.open(problems);
    for (const std::string& problem : problems) log::warn(problem);
    co_await authenticator.open();
    permissions.on_change([this] {
      // Which user has which roles, and the role mode, are kept with the sessions.
      authenticator.hear({.settings = true, .everybody = true, .users = {}, .revoked = {}});
    });
    co_await permissions.open();
    if (!co_await data::has_rows(database, *model.schema(), "users")) {
      auto hash = [this] { return auth::hash_password(settings.root.password, Random::system()); };
      const auth::RootUser root{settings.root.username, settings.root.email, co_await scrypt.run(hash),
                                settings.root.nickname};
      if (co_await authenticator.install_root_user(root))
        log::info("installed", {{"database", settings.database.shown()}, {"root", settings.root.username}});
    }
    if (as_node) {
      tasks.spawn("audit", audit.run(tasks.stopping()));
      co_await drills.open();
      tasks.spawn("drills", drills.run(tasks.stopping()));
    }
    health.started = true;
  }

  /// Joins the other nodes, if there are any. An installation is no node.
  Task<void> join(bool as_node) {
    co_await await_database(database, kDatabasePatience);
    co_await migrator.run(false);
    co_await cluster.open();
    co_await cluster.lease_worker_id();
    if (!as_node) co_return;
    co_await follow_schema();
    serve_schema_jobs();
    show_schema();
    co_await follow_sessions();
    co_await cluster.announce();
    cluster.start();
    tasks.spawn("watch of the database", watch.run(tasks.stopping()));
    tasks.spawn("measures", measures.run(tasks.stopping()));
  }

  void prepare_now(bool as_node) {
    loops.run();
    cluster_loop.run();
    boost::asio::co_spawn(cluster_loop.at(0), join(as_node), boost::asio::use_future).get();
    boost::asio::co_spawn(loops.at(0), prepare(as_node), boost::asio::use_future).get();
  }

  /// Takes this node out of service without losing anything that it had begun, within the deadline.
  void depart(http::Server& server, StopOrders& orders, StopOrder order) {
    StepLog steps;
    // Beside a node that takes over, the address stays ready.
    health.draining = order == StopOrder::stop;
    server.announce_end();
    orders.on_hurry([this, &server] {
      server.hurry();
      boost::asio::co_spawn(cluster_loop.at(0), cluster.finish_work(std::chrono::milliseconds::zero()),
                            [](std::exception_ptr) {});
      auto patience = std::make_shared<boost::asio::steady_timer>(cluster_loop.at(0), kLeavePatience);
      patience->async_wait([patience](const boost::system::error_code&) {
        end_here("hurried: ended before everything had been given back");
      });
    });
    steps.done(order == StopOrder::stop ? "not ready any more" : "another node takes over");
    if (order == StopOrder::stop && settings.cluster.drain_delay.count() > 0) {
      orders.hurried_within(settings.cluster.drain_delay);
      steps.done("served on until balancers know");
    }
    const auto deadline = std::chrono::steady_clock::now() + settings.cluster.drain_deadline;
    auto rest = [deadline] {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      return std::max(left, std::chrono::milliseconds::zero());
    };
    auto work =
        boost::asio::co_spawn(cluster_loop.at(0), cluster.finish_work(rest()), boost::asio::use_future);
    if (order == StopOrder::stop)
      server.close_listeners();
    else
      server.stop_accepting();
    steps.done("took the last connections");
    const bool all_answered = server.drain(rest());
    steps.done("ended requests and WebSockets", {{"connectionsCut", server.connections()}});
    const bool all_done = work.wait_for(rest() + kLeavePatience) == std::future_status::ready;
    steps.done("ended jobs");
    leave_within(all_done ? rest() + kLeavePatience : std::chrono::milliseconds::zero());
    steps.done("gave everything back");
    orders.on_hurry(nullptr);
    if (!all_answered) end_here("ended at the deadline, before every request was answered");
  }

  Task<void> leave() {
    tasks.stop();
    schema_changes.reset();
    permission_sync.stop();
    session_changes.reset();
    drills.close();
    co_await cluster.stop();
    co_await tasks.wait();
  }

  /// A server that does not answer must not hold the process. Whoever depends on its leases sees them run
  /// out.
  void leave_within(std::chrono::milliseconds patience) {
    auto left = boost::asio::co_spawn(cluster_loop.at(0), leave(), boost::asio::use_future);
    if (left.wait_for(patience) == std::future_status::ready) return left.get();
    end_here("ended at the deadline, before everything had been given back");
  }

  /// What is still awaited, or still runs, can be neither waited for nor taken apart: it would go after the
  /// database that it uses. So the process ends where it stands, as a kill would end it.
  [[noreturn]] static void end_here(std::string_view why) {
    log::error(why);
    log::shutdown();
    std::_Exit(EXIT_FAILURE);
  }
};

Application::Application(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {}

Application::~Application() {
  parts_->loops.stop();
  parts_->loops.join();
  parts_->cluster_loop.stop();
  parts_->cluster_loop.join();
}

int Application::install() {
  parts_->prepare_now(false);
  parts_->leave_within(kLeavePatience);
  return 0;
}

int Application::run(const NodePlace& place) {
  Parts& p = *parts_;
  // First of all: whoever sees the server healthy may also stop it.
  StopOrders orders(place.control);

  auto answer = [&p](http::Request& request) { return p.front.answer(request); };
  http::Server server(p.loops, server_options(p.settings, p.front.measures()), answer);
  auto talk = [&p](http::Request& request, http::WebSocket& socket) -> Task<void> {
    if (!p.health.started) co_return;  // clients come back; nothing can be said about the application yet
    co_await api::serve_socket(p.services, request, socket);
  };
  server.route_websocket(p.settings.ws_path, talk);
  const auto counted = p.measures.watch_server(server);
  const bool alone = place.listeners.empty();
  // Alone it answers probes while it starts. What others serve beside it waits for one that is ready.
  std::uint16_t port = alone ? server.listen(p.settings.host, p.settings.port) : 0;
  p.prepare_now(true);
  if (!alone) port = server.adopt(place.listeners, place.own_listener);
  log::info("listening", {{"host", p.settings.host}, {"port", port}, {"version", version()}});
  orders.say(supervisor::ready_line(version()));

  p.depart(server, orders, orders.wait());
  return 0;
}

}  // namespace flotilla::app
