-- Revenue by category, always current. Flink's dialect: the same file runs on a Flink cluster.
CREATE TABLE products (
  id INT,
  name STRING,
  category STRING,
  price DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'mysql.shop.products',
  'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'revenue',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'debezium-json'
);

CREATE TABLE orders (
  id BIGINT,
  customer_id INT,
  status STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'mysql.shop.orders',
  'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'revenue',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'debezium-json'
);

CREATE TABLE order_items (
  order_id BIGINT,
  product_id INT,
  quantity INT,
  price DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'mysql.shop.order_items',
  'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'revenue',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'debezium-json'
);

CREATE TABLE revenue (
  category STRING,
  items BIGINT,
  pieces BIGINT,
  revenue DECIMAL(38, 2),
  PRIMARY KEY (category) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:sqlite:revenue.db',
  'table-name' = 'revenue'
);

INSERT INTO revenue
SELECT p.category, COUNT(*), SUM(i.quantity), SUM(i.quantity * i.price)
FROM order_items AS i
JOIN orders AS o ON o.id = i.order_id
JOIN products AS p ON p.id = i.product_id
WHERE o.status <> 'cancelled'
GROUP BY p.category;
