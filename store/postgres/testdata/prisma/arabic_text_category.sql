-- A shop with the category's name in the product, and a table of categories (Prisma 5; cuid ids).
CREATE TABLE "Product" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "images" TEXT[],
    "brand" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "price" DECIMAL(10,2) NOT NULL,
    "listPrice" DECIMAL(10,2) NOT NULL DEFAULT 0,
    "countInStock" INTEGER NOT NULL DEFAULT 0,
    "tags" TEXT[] DEFAULT ARRAY['new arrival']::TEXT[],
    "avgRating" DECIMAL(3,2) NOT NULL DEFAULT 0,
    "numReviews" INTEGER NOT NULL DEFAULT 0,
    "ratingDistribution" JSONB NOT NULL DEFAULT '[]',
    "numSales" INTEGER NOT NULL DEFAULT 0,
    "isPublished" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Category" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Category_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Product_slug_key" ON "Product"("slug");
CREATE INDEX "Product_category_idx" ON "Product"("category");
CREATE UNIQUE INDEX "Category_name_key" ON "Category"("name");

INSERT INTO "Category" ("id", "name", "isActive") VALUES ('c1', 'ساعات', true), ('c2', 'أحذية', true), ('c3', 'مخفي', false), ('c4', 'فارغ', true);
INSERT INTO "Product" ("id", "name", "slug", "category", "images", "brand", "description", "price", "listPrice", "avgRating", "numReviews", "numSales", "isPublished", "updatedAt") VALUES
    ('p1', 'حذاء رياضي', 'sport', 'أحذية', '{/a.jpg,NULL,/b.jpg}', 'نايك', '', 199.5, 250, 4.5, 3, 10, true, 'infinity'),
    ('p2', 'حذاء جلدي', 'leather', 'أحذية', '{}', 'كلاركس', '', 300, 300, 4.8, 9, 10, true, now()),
    ('p3', 'مسودة', 'draft', 'أحذية', NULL, '', '', 1, 0, 5, 0, 99, false, now()),
    ('p4', 'ساعة ذهبية', 'gold', 'ساعات', NULL, 'رولكس', '', 99999.99, 0, 0, 0, 0, true, now()),
    ('p5', 'سري', 'secret', 'مخفي', NULL, '', '', 1, 0, 0, 0, 0, true, now());
