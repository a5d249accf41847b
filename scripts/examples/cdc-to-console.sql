-- Create Kafka source table
CREATE TABLE mysql_cdc_source (
  id INT,
  name STRING,
  email STRING,
  created_at TIMESTAMP(3),
  WATERMARK FOR created_at AS created_at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'mysql.mydatabase.users',
  'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'flink-consumer',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'debezium-json'
);

-- Query the stream
SELECT * FROM mysql_cdc_source;
