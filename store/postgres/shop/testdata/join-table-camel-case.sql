CREATE TABLE "ProductTag" ("id" uuid PRIMARY KEY, "name" text);
CREATE TABLE "Collection" ("collectionId" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "title" text NOT NULL, "sortOrder" int, "isHidden" boolean NOT NULL DEFAULT false);
CREATE TABLE "Item" ("itemId" uuid PRIMARY KEY, "itemName" text NOT NULL, "handle" text, "unitPrice" numeric(10,2), "isPublished" boolean, "archivedAt" timestamptz, "mainImage" text, "gallery" jsonb);
CREATE TABLE "CollectionItem" ("collection" uuid NOT NULL REFERENCES "Collection", "item" uuid NOT NULL REFERENCES "Item", "position" int, PRIMARY KEY ("collection", "item"));
CREATE TABLE "OrderItem" ("id" serial PRIMARY KEY, "itemId" uuid REFERENCES "Item", "itemName" text, "unitPrice" numeric, "isPublished" boolean);
INSERT INTO "Collection" ("title", "sortOrder", "isHidden") VALUES ('Later', 2, false), ('First', 1, false), ('Never', 0, true);
INSERT INTO "Item" ("itemId", "itemName", "handle", "unitPrice", "isPublished", "archivedAt", "mainImage", "gallery") VALUES
	('00000000-0000-4000-8000-000000000001', 'A', 'a', 1, true, NULL, NULL, '[{"alt": "front", "src": "https://img.example/a.png"}]'), ('00000000-0000-4000-8000-000000000002', 'B', 'b', 2, true, NULL, 'b.png', '[]'),
	(gen_random_uuid(), 'Draft', 'd', 3, false, NULL, NULL, NULL), (gen_random_uuid(), 'Gone', 'g', 4, true, '2024-01-01', NULL, NULL), (gen_random_uuid(), 'Unsure', 'u', 5, NULL, NULL, NULL, NULL);
INSERT INTO "CollectionItem" SELECT "collectionId", "itemId", 1 FROM "Collection", "Item" WHERE "title" <> 'First' OR "itemName" <> 'B';
-- page
-- First: A 1.00 {https://img.example/a.png}
-- Later: A 1.00 {https://img.example/a.png}
-- Later: B 2.00 {b.png}
-- page CATEGORIES=later
-- Later: A 1.00 {https://img.example/a.png}
-- Later: B 2.00 {b.png}
