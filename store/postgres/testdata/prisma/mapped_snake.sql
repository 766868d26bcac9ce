-- A shop whose models are mapped to snake_case (@@map, @map), with bigint ids and categories by key, one of which is switched off.
CREATE TABLE "categories" ("id" BIGSERIAL NOT NULL, "name" TEXT NOT NULL, "is_active" BOOLEAN NOT NULL DEFAULT true, CONSTRAINT "categories_pkey" PRIMARY KEY ("id"));
CREATE TABLE "products" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "category_id" BIGINT NOT NULL,
    "image_url" TEXT,
    "price" DECIMAL(10,2) NOT NULL,
    "num_sales" INTEGER NOT NULL DEFAULT 0,
    "rating" DECIMAL(3,2) NOT NULL DEFAULT 0,
    "is_published" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "products_pkey" PRIMARY KEY ("id")
);

INSERT INTO "categories" ("name", "is_active") VALUES ('Tea', true), ('Coffee', true), ('Empty', false);
INSERT INTO "products" ("name", "slug", "category_id", "image_url", "price", "num_sales") VALUES
    ('Green', 'green', 1, '/g.png', 4, 1), ('Black', 'black', 1, NULL, 3.5, 2), ('Beans', 'beans', 2, NULL, 9, 0);
