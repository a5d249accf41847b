-- A small shop.
CREATE DATABASE shop;
USE shop;

CREATE TABLE customers (
  id INT AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(40) NOT NULL,
  email VARCHAR(60) NOT NULL UNIQUE,
  created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
);
CREATE TABLE products (
  id INT PRIMARY KEY,
  name VARCHAR(40) NOT NULL,
  category VARCHAR(20) NOT NULL,
  price DECIMAL(10,2) NOT NULL
);
CREATE TABLE orders (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL,
  status ENUM('new','paid','shipped','cancelled') NOT NULL DEFAULT 'new',
  placed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY (customer_id)
);
CREATE TABLE order_items (
  order_id BIGINT NOT NULL,
  product_id INT NOT NULL,
  quantity INT NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  PRIMARY KEY (order_id, product_id)
);

INSERT INTO customers (name, email) VALUES
  ('Ada', 'ada@example.com'), ('Grace', 'grace@example.com'), ('Linus', 'linus@example.com'), ('Zoë', 'zoe@example.com');
INSERT INTO products VALUES
  (1, 'keyboard', 'hardware', 79.90), (2, 'mouse', 'hardware', 24.50), (3, 'monitor', 'hardware', 249.00),
  (4, 'editor', 'software', 59.00), (5, 'compiler', 'software', 120.00),
  (6, 'sticker', 'merchandise', 1.95), (7, 'mug', 'merchandise', 9.99), (8, 'shirt', 'merchandise', 19.90);
INSERT INTO orders (customer_id, status) VALUES (1, 'paid'), (2, 'new'), (3, 'shipped'), (4, 'cancelled');
INSERT INTO order_items VALUES
  (1, 1, 1, 79.90), (1, 6, 5, 1.95), (2, 4, 1, 59.00), (3, 3, 2, 249.00), (3, 7, 1, 9.99), (4, 8, 3, 19.90);
