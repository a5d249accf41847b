# shellcheck shell=bash
# The Kafka broker of the sandbox: one node in KRaft mode, of $KAFKA_HOME if set, else of Maven Central's jars.

readonly KAFKA_VERSION=4.1.1
KAFKA_JVM=(-Duser.timezone=UTC -Dfile.encoding=UTF-8 -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto)

# Sets KAFKA_CLASSPATH; fetches the jars if needed.
use_kafka() {
  command -v java >/dev/null || die 69 "Kafka needs Java, which is missing" "make deps FOR=kafka"
  if [ -n "${KAFKA_HOME:-}" ]; then
    [ -d "$KAFKA_HOME/libs" ] || die 66 "KAFKA_HOME=$KAFKA_HOME holds no libs folder" "unset it to use Maven's jars"
    KAFKA_CLASSPATH="$KAFKA_HOME/libs/*"
    return
  fi
  KAFKA_LIBS=$CACHE/kafka-$KAFKA_VERSION
  [ -d "$KAFKA_LIBS" ] || with_cache_lock kafka fetch_kafka || die 69 "Kafka $KAFKA_VERSION cannot be fetched from Maven Central" "set KAFKA_HOME, or see the message above"
  KAFKA_CLASSPATH="$KAFKA_LIBS/*"
}

fetch_kafka() {
  [ ! -d "$KAFKA_LIBS" ] || return 0
  command -v mvn >/dev/null || die 69 "Kafka $KAFKA_VERSION is fetched by Maven, which is missing" "make deps FOR=kafka, or set KAFKA_HOME"
  say "fetching Kafka $KAFKA_VERSION with Maven (once; kept in $KAFKA_LIBS)"
  rm -rf "$KAFKA_LIBS.tmp"
  # -C: a file whose checksum differs is an error.
  if ! mvn -q -B -C -f "$SCRIPTS/kafka-pom.xml" "-Dkafka.version=$KAFKA_VERSION" dependency:copy-dependencies \
    -DoutputDirectory="$KAFKA_LIBS.tmp" -DincludeScope=runtime >"$KAFKA_LIBS.log" 2>&1; then
    warn "Maven cannot fetch Kafka $KAFKA_VERSION:"
    grep ERROR "$KAFKA_LIBS.log" | head -n 3 | cut -c1-300 | sed 's/^/  detail: /' >&2
    return 1
  fi
  rm -f "$KAFKA_LIBS.log"
  mv "$KAFKA_LIBS.tmp" "$KAFKA_LIBS"
}

kafka_java() { java "${KAFKA_JVM[@]}" -Xmx256M -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$KAFKA_CLASSPATH" "$@"; }

kafka_tool_class() {
  case $1 in
    kafka-topics) echo org.apache.kafka.tools.TopicCommand ;;
    kafka-console-consumer) echo org.apache.kafka.tools.consumer.ConsoleConsumer ;;
    kafka-console-producer) echo org.apache.kafka.tools.ConsoleProducer ;;
    kafka-consumer-groups) echo org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
    kafka-get-offsets) echo org.apache.kafka.tools.GetOffsetShell ;;
    kafka-delete-records) echo org.apache.kafka.tools.DeleteRecordsCommand ;;
    kafka-configs) echo kafka.admin.ConfigCommand ;;
    kafka-dump-log) echo kafka.tools.DumpLogSegments ;;
    kafka-transactions) echo org.apache.kafka.tools.TransactionsCommand ;;
    kafka-broker-api-versions) echo org.apache.kafka.tools.BrokerApiVersionsCommand ;;
    kafka-producer-perf-test) echo org.apache.kafka.tools.ProducerPerformance ;;
    kafka-consumer-perf-test) echo org.apache.kafka.tools.ConsumerPerformance ;;
  esac
}

write_kafka_tools() {
  local tool
  for tool in kafka-topics kafka-console-consumer kafka-console-producer kafka-consumer-groups kafka-get-offsets \
    kafka-delete-records kafka-configs kafka-dump-log kafka-transactions kafka-broker-api-versions \
    kafka-producer-perf-test kafka-consumer-perf-test; do
    write_wrapper "$1/$tool.sh" java "${KAFKA_JVM[@]}" -Xmx256M -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
      -cp "$KAFKA_CLASSPATH" "$(kafka_tool_class "$tool")"
  done
}

# write_kafka_config FOLDER PORT CONTROLLER_PORT KEY=VALUE...
write_kafka_config() {
  cat >"$1/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
log.dirs=$1/data
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2097152
CONF
  printf '%s\n' "${@:4}" >>"$1/server.properties"
}

# A formatted storage folder is kept in the cache; it names neither address nor path.
make_kafka_template() {
  local template=$1 folder
  [ ! -d "$template" ] || return 0
  folder=$(mktemp -d "$SCRATCH_BASE/init.XXXXXX")
  write_kafka_config "$folder" 9092 9093
  if ! kafka_java kafka.tools.StorageTool format -t Y2RjdXRpbHMtc2FuZGJveA -c "$folder/server.properties" >"$folder/log" 2>&1; then
    warn "Kafka cannot format its storage:"
    tail -n 5 "$folder/log" | sed 's/^/  detail: /' >&2
    rm -rf "$folder"
    return 1
  fi
  rm -rf "$template.tmp"
  cp -a "$folder/data" "$template.tmp" || return 1
  rm -rf "$folder"
  mv "$template.tmp" "$template"
}

# start_kafka FOLDER KEY=VALUE...
start_kafka() {
  local folder=$1 port controller_port attempt template=$CACHE/data-kafka-${KAFKA_HOME:+home-}$KAFKA_VERSION-1
  shift
  use_kafka
  mkdir -p "$folder/bin"
  if [ ! -d "$folder/data" ]; then
    if [ -n "${KAFKA_HOME:-}" ]; then
      template=$folder/template
    fi
    with_cache_lock data-kafka make_kafka_template "$template" || die 69 "Kafka does not start here"
    cp -a "$template" "$folder/data"
  fi
  printf '%s\n' "$@" >"$folder/options"
  for attempt in 1 2 3; do
    if [ -f "$folder/port" ]; then
      read -r port controller_port <"$folder/port"
    else
      port=$(free_port) controller_port=$(free_port)
    fi
    write_kafka_config "$folder" "$port" "$controller_port" "$@"
    setsid java "${KAFKA_JVM[@]}" -Xms128M -Xmx384M -Dorg.slf4j.simpleLogger.defaultLogLevel=info \
      -cp "$KAFKA_CLASSPATH" kafka.Kafka "$folder/server.properties" >"$folder/kafka.log" 2>&1 </dev/null 9>&- &
    write_pid_file "$folder/pid" $! || true
    disown
    if wait_for 90 kafka_started_or_died "$folder" && is_running "$folder/pid"; then
      echo "$port $controller_port" >"$folder/port"
      if [ -n "${KAFKA_HOME:-}" ]; then
        printf 'export KAFKA_TOOLS=%q\n' "$KAFKA_HOME/bin" >"$folder/env"
      else
        write_kafka_tools "$folder/bin"
        printf 'export KAFKA_TOOLS=%q\n' "$folder/bin" >"$folder/env"
      fi
      printf 'export KAFKA_BOOTSTRAP=%q\n' "127.0.0.1:$port" >>"$folder/env"
      say "Kafka $KAFKA_VERSION on 127.0.0.1:$port"
      return 0
    fi
    stop_process "$folder/pid" KILL
    if [ "$attempt" = 3 ] || [ -f "$folder/port" ] || ! grep -q 'Address already in use' "$folder/kafka.log"; then break; fi
  done
  warn "Kafka did not start:"
  grep -E 'ERROR|Exception' "$folder/kafka.log" | tail -n 5 | sed 's/^/  detail: /' >&2
  die 69 "Kafka does not start" "its log: $folder/kafka.log (kept with --keep)"
}

kafka_started_or_died() { ! is_running "$1/pid" || grep -q 'Kafka Server started' "$1/kafka.log"; }
