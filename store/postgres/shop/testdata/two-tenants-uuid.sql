CREATE TABLE tenants (id uuid PRIMARY KEY, name text, is_active boolean NOT NULL DEFAULT true);
CREATE TABLE product_categories (id serial PRIMARY KEY, category_name text NOT NULL, tenant_id uuid REFERENCES tenants);
CREATE TABLE products (id serial PRIMARY KEY, product_name text NOT NULL, tenant_id uuid REFERENCES tenants, product_category_id int REFERENCES product_categories, price_cents bigint NOT NULL, compare_at_cents bigint, created_on date);
INSERT INTO tenants VALUES ('00000000-0000-4000-8000-000000000001', 'One', true), ('00000000-0000-4000-8000-000000000002', 'Two', true), ('00000000-0000-4000-8000-000000000003', 'Closed', false);
INSERT INTO product_categories (category_name, tenant_id) VALUES ('Hats', '00000000-0000-4000-8000-000000000001'), ('Hats', '00000000-0000-4000-8000-000000000002');
INSERT INTO products (product_name, tenant_id, product_category_id, price_cents, created_on) VALUES ('Bowler', '00000000-0000-4000-8000-000000000001', 1, 1999, '2024-01-02'),
	('Beret', '00000000-0000-4000-8000-000000000002', 2, 999, '2024-01-01'), ('Hidden', '00000000-0000-4000-8000-000000000003', 1, 1, '2024-01-03');
-- page per=1
-- Hats: Bowler 1999
-- Hats: Beret 999
-- ask tenant_id CATALOG_STORE CATALOG_IGNORE=tenant_id
-- page CATALOG_STORE=00000000-0000-4000-8000-000000000002
-- Hats: Beret 999
-- page CATALOG_STORE=00000000-0000-4000-8000-000000000009
-- ask tenant_id CATALOG_STORE no
-- page CATALOG_IGNORE=tenant_id
-- Hats: Bowler 1999
-- Hats: Beret 999
